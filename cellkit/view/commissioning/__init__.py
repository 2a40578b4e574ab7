"""The commissioning page of ``cellkit serve``: jog, stop, recover, grip; behind log-in and command ownership."""
