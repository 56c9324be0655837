"""What can go wrong, numbered as in beeline/runtime.h."""

import enum


class Status(enum.IntEnum):
    OK = 0
    INVALID_ARGUMENT = 1
    NO_DRIVER = 2
    NO_DEVICE = 3
    WRONG_DEVICE = 4
    OUT_OF_MEMORY = 5
    NOT_LOADED = 6
    DEVICE_ERROR = 7


class BeelineError(Exception):
    """A call that failed: `status` says how, `message` what to do about it."""

    def __init__(self, status, message):
        super().__init__(f"{status.name}: {message}")
        self.status = status
        self.message = message


def invalid(message):
    return BeelineError(Status.INVALID_ARGUMENT, message)
