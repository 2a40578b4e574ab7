"""The commissioning page of ``cellkit serve``: jog, stop, recover, grip. It requires log-in and command of the cell."""
