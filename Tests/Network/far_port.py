#!/usr/bin/env python3
"""Serves a serial port by RFC 2217, as pySerial or esptool does: far_port.py pyserial|esptool NODE HOST:PORT LOG.

The port is a pseudo-terminal with simulated modem lines and a simulated highest rate. The file LOG gets a line for
each setting.
"""

import logging
import socket
import sys
import threading

import serial
import serial.rfc2217

HIGHEST_RATE = 1_000_000


class FarPort(serial.Serial):
    """A serial port on a pseudo-terminal."""

    log = None

    def note(self, text):
        if self.log:
            self.log.write(text + "\n")
            self.log.flush()

    @property
    def baudrate(self):
        return serial.Serial.baudrate.fget(self)

    @baudrate.setter
    def baudrate(self, rate):
        if rate > HIGHEST_RATE:
            raise ValueError(f"no such rate: {rate}")
        serial.Serial.baudrate.fset(self, rate)
        self.note(f"rate {rate}")

    def _update_dtr_state(self):
        self.note(f"DTR {'on' if self._dtr_state else 'off'}")

    def _update_rts_state(self):
        self.note(f"RTS {'on' if self._rts_state else 'off'}")

    cts = dsr = property(lambda self: True)
    ri = cd = property(lambda self: False)


class Connection:
    """The object of one client to which a PortManager writes."""

    def __init__(self, port, client):
        self.port = port
        self.client = client
        self.lock = threading.Lock()
        self.manager = serial.rfc2217.PortManager(port, self)
        self.is_open = True

    def write(self, data):
        with self.lock:
            self.client.sendall(data)

    def send_all(self):
        while self.is_open:
            data = self.port.read(self.port.in_waiting or 1)
            if data:
                self.write(b"".join(self.manager.escape(data)))

    def run(self):
        thread = threading.Thread(target=self.send_all, daemon=True)
        thread.start()
        try:
            while data := self.client.recv(4096):
                self.port.write(b"".join(self.manager.filter(data)))
        finally:
            self.is_open = False
            thread.join()


def serve(port, host, number):
    port.timeout = 0.1
    port.open()
    server = socket.create_server((host, number))
    while True:
        client, _ = server.accept()
        with client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                Connection(port, client).run()
            except OSError as error:
                logging.info("client left: %s", error)


def main():
    kind, node, address, log = sys.argv[1:]
    host, number = address.rsplit(":", 1)
    port = FarPort()
    port.port = node
    port.log = open(log, "w")
    if kind == "pyserial":
        serve(port, host, int(number))
        return
    import esp_rfc2217_server

    # The server would listen on all addresses.
    bind = socket.socket.bind
    socket.socket.bind = lambda self, address: bind(self, (host, address[1]))
    serial.serial_for_url = lambda *_, **__: port
    sys.argv = ["esp_rfc2217_server", "-p", number, node]
    esp_rfc2217_server.main()


main()
