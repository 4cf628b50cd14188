"""A virtual ONVIF camera, run in a process of its own: `ipycam`, kept on the loopback.

usage: python ipycam_camera.py ONVIF_PORT RTSP_PORT USER PASSWORD
"""

import sys
import time
from typing import Any

import ipycam
import ipycam.camera
import ipycam.rtsp
import numpy as np


class Silent:
    """Stands where the camera would announce itself to the whole network."""

    def __init__(self, *_: Any) -> None:
        pass

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


ipycam.camera.WSDiscoveryServer = Silent
listen = ipycam.rtsp.NativeRTSPServer.__init__
ipycam.rtsp.NativeRTSPServer.__init__ = lambda self, port, host="": listen(self, port, "127.0.0.1")
server = ipycam.camera.ReusableThreadingTCPServer
ipycam.camera.ReusableThreadingTCPServer = lambda place, handler: server(("127.0.0.1", place[1]), handler)
onvif_port, rtsp_port, user, password = sys.argv[1:]
camera = ipycam.IPCamera(
    ipycam.CameraConfig(
        name="Peer",
        manufacturer="Peer Works",
        model="One",
        local_ip="127.0.0.1",
        onvif_port=int(onvif_port),
        rtsp_port=int(rtsp_port),
        web_port=int(onvif_port),
        username=user,
        password=password,
        main_width=640,
        main_height=360,
        main_fps=5,
        main_bitrate="1M",
        sub_width=320,
        sub_height=180,
        sub_fps=5,
        hw_accel="cpu",
        show_timestamp=False,
    )
)
camera.start()
sys.stdout.write("ready\n")
sys.stdout.flush()
picture = np.full((360, 640, 3), 90, np.uint8)
while True:
    camera.stream(picture)
    time.sleep(0.2)
