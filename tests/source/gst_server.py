"""An independent RTSP server, run by the system's Python with Debian's GStreamer. Prints its ports.

usage: python3 gst_server.py CERTIFICATE-AND-KEY.pem
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

SOURCE = "videotestsrc is-live=true pattern=smpte ! video/x-raw,width=320,height=240,framerate=10/1 ! "
ENCODERS = {
    "h264": "x264enc tune=zerolatency key-int-max=10 ! rtph264pay name=pay0 pt=96",
    "h265": "x265enc tune=zerolatency key-int-max=10 ! rtph265pay name=pay0 pt=96 config-interval=-1",
    "jpeg": "videoconvert ! video/x-raw,format=I420 ! jpegenc ! rtpjpegpay name=pay0 pt=26",
}


def server(auth=None):
    made = GstRtspServer.RTSPServer()
    made.set_address("127.0.0.1")
    made.set_service("0")
    if auth is not None:
        made.set_auth(auth)
    mounts = made.get_mount_points()
    for name, encoder in ENCODERS.items():
        for protocol in ("any", "udp"):
            factory = GstRtspServer.RTSPMediaFactory()
            factory.set_launch(f"( {SOURCE} {encoder} )")
            factory.set_shared(True)
            if protocol == "udp":
                factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP)
            if auth is not None:
                factory.add_role_from_structure(
                    Gst.Structure.from_string(
                        "user, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
                    )[0]
                )
            mounts.add_factory(f"/{name}-{protocol}", factory)
    made.attach(None)
    return made


def guarded(method):
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(method)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    if method == GstRtsp.RTSPAuthMethod.DIGEST:
        auth.add_digest("me", "secret", token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic("me", "secret"), token)
    return auth


Gst.init(None)
secure = GstRtspServer.RTSPAuth()
secure.set_tls_certificate(Gio.TlsCertificate.new_from_file(sys.argv[1]))
anyone = GstRtspServer.RTSPToken()
anyone.set_string("media.factory.role", "user")
secure.set_default_token(anyone)
servers = [
    server(),
    server(guarded(GstRtsp.RTSPAuthMethod.DIGEST)),
    server(guarded(GstRtsp.RTSPAuthMethod.BASIC)),
    server(secure),
]
sys.stdout.write(" ".join(str(one.get_bound_port()) for one in servers) + "\n")
sys.stdout.flush()
GLib.MainLoop().run()
