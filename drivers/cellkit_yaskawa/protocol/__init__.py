"""The High-Speed Ethernet Server's bytes, and INFORM jobs: messages, codecs, tables. No I/O, no clock.

Sources: the vendor's manuals of the function (160766-1CD for the FS100, 162529-1CD for the DX100, 165304-1CD for the
DX200, 178942-1CD for the YRC1000) and what two independent clients send (fs100, yrcom). INFORM: the vendor's page
"INFORM Header Fields" and the NX100 manual's chapter on the job data format.
"""
