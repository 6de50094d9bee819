"""Writes the firmware to the board, reads it back, and looks into the board's log."""

import pytest


@pytest.fixture(scope="session")
def board(target):
    driver = target.get_driver("PigweedTransferDriver")
    target.activate(driver)
    return driver


def test_firmware(target, board):
    board.load()
    with open(target.env.config.get_image_path("firmware"), "rb") as firmware:
        assert board.read(3) == firmware.read()


def test_verified_write(board):
    assert board.write(2, b"settings" * 1000, verify="readback", verify_from=3).verified == "readback"


def test_log(board, tmp_path):
    board.read_file(4, tmp_path / "board.log")
    assert "boot" in (tmp_path / "board.log").read_text()
