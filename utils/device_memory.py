"""Memory and streams of a device, through the driver's own library: NVIDIA's, or AMD's
HIP (or what stands in for it). And the host's, so that what runs on a device can be
tried without one. Each thread needs an object of its own.
"""

import ctypes
import sys

# What is called, as CUDA and as HIP name it. Both pass the same arguments.
_NAMES = {
    "allocate": ("cuMemAlloc_v2", "hipMalloc"),
    "free": ("cuMemFree_v2", "hipFree"),
    "write": ("cuMemcpyHtoDAsync_v2", "hipMemcpyHtoDAsync"),
    "read": ("cuMemcpyDtoHAsync_v2", "hipMemcpyDtoHAsync"),
    "fill": ("cuMemsetD8Async", "hipMemsetD8Async"),
    "create_stream": ("cuStreamCreate", "hipStreamCreateWithFlags"),
    "synchronize": ("cuStreamSynchronize", "hipStreamSynchronize"),
    "begin_capture": ("cuStreamBeginCapture_v2", "hipStreamBeginCapture"),
    "end_capture": ("cuStreamEndCapture", "hipStreamEndCapture"),
    "graph_nodes": ("cuGraphGetNodes", "hipGraphGetNodes"),
    "destroy_graph": ("cuGraphDestroy", "hipGraphDestroy"),
    "instantiate": ("cuGraphInstantiateWithFlags", "hipGraphInstantiateWithFlags"),
    "launch_graph": ("cuGraphLaunch", "hipGraphLaunch"),
    "destroy_executable": ("cuGraphExecDestroy", "hipGraphExecDestroy"),
    "device_name": ("cuDeviceGetName", "hipDeviceGetName"),
}
_THREAD_LOCAL_CAPTURE = 1
_NON_BLOCKING = 1


class DeviceMemory:
    def __init__(self, target):
        self._cuda = target.startswith("sm_")
        self._library = ctypes.CDLL("libcuda.so.1" if self._cuda else "libamdhip64.so")
        if self._cuda:
            self._use_primary_context()
        self._handle = ctypes.c_void_p()
        self._call("create_stream", ctypes.byref(self._handle), _NON_BLOCKING)

    @property
    def stream(self):
        """The stream's handle, a number."""
        return self._handle.value

    def _use_primary_context(self):
        cuda, context = self._library, ctypes.c_void_p()
        for result in (cuda.cuInit(0),
                       cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), 0),
                       cuda.cuCtxSetCurrent(context)):
            self._check("the context", result)

    def _call(self, what, *arguments):
        function = getattr(self._library, _NAMES[what][not self._cuda])
        self._check(what, function(*arguments))

    @staticmethod
    def _check(what, result):
        if result:
            sys.exit(f"{what}: the driver's error {result}")

    @property
    def name(self):
        text = ctypes.create_string_buffer(256)
        self._call("device_name", text, 256, 0)
        return text.value.decode()

    def allocate(self, count):
        """The address of `count` bytes."""
        pointer = ctypes.c_void_p()
        self._call("allocate", ctypes.byref(pointer), ctypes.c_size_t(count))
        return pointer.value

    def free(self, address):
        self._call("free", ctypes.c_void_p(address))

    # All of it happens in the stream's order; `read` waits for it.

    def write(self, address, array):
        if array.nbytes:
            self._call("write", ctypes.c_void_p(address),
                       ctypes.c_void_p(array.ctypes.data), ctypes.c_size_t(array.nbytes),
                       self._handle)

    def read(self, address, array):
        self._call("read", ctypes.c_void_p(array.ctypes.data), ctypes.c_void_p(address),
                   ctypes.c_size_t(array.nbytes), self._handle)
        self._call("synchronize", self._handle)

    def fill(self, address, byte, count):
        self._call("fill", ctypes.c_void_p(address), ctypes.c_ubyte(byte),
                   ctypes.c_size_t(count), self._handle)

    def synchronize(self):
        self._call("synchronize", self._handle)

    def capture(self, call):
        """What `call()` returns, and the graph that it is captured into."""
        graph = ctypes.c_void_p()
        self._call("begin_capture", self._handle, _THREAD_LOCAL_CAPTURE)
        result = call()
        self._call("end_capture", self._handle, ctypes.byref(graph))
        return result, Graph(self, graph)


class Graph:
    """What was captured from a stream, which runs it again."""

    def __init__(self, memory, graph):
        self._memory, self._graph = memory, graph
        self._executable = None
        count = ctypes.c_size_t()
        memory._call("graph_nodes", graph, None, ctypes.byref(count))
        #: How many launches, copies and the like it has.
        self.nodes = count.value

    def instantiate(self):
        """Before it can be replayed."""
        self._executable = ctypes.c_void_p()
        self._memory._call("instantiate", ctypes.byref(self._executable), self._graph,
                           ctypes.c_ulonglong(0))

    def replay(self):
        self._memory._call("launch_graph", self._executable, self._memory._handle)

    def destroy(self):
        if self._executable:
            self._memory.synchronize()
            self._memory._call("destroy_executable", self._executable)
        self._memory._call("destroy_graph", self._graph)


class HostMemory:
    """The same of the host. Nothing is launched there."""
    name = "the host"
    stream = None

    def __init__(self):
        self._blocks = {}

    def allocate(self, count):
        block = ctypes.create_string_buffer(count + 256)
        address = -(-ctypes.addressof(block) // 256) * 256
        self._blocks[address] = block
        return address

    def free(self, address):
        del self._blocks[address]

    def write(self, address, array):
        ctypes.memmove(address, array.ctypes.data, array.nbytes)

    def read(self, address, array):
        ctypes.memmove(array.ctypes.data, address, array.nbytes)

    def fill(self, address, byte, count):
        ctypes.memset(address, byte, count)

    def synchronize(self):
        pass

    def capture(self, call):
        return call(), NoGraph()


class NoGraph:
    """Stands for a graph where there is none."""
    nodes = None

    def destroy(self):
        pass


def memory_of(target):
    """A device's memory, for the calling thread."""
    return HostMemory() if target == "cpu" else DeviceMemory(target)
