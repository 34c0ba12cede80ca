# cython: language_level=3, boundscheck=False, wraparound=False
"""The pass in C, for `dlp.match.engine_native`."""

from libc.stdint cimport UINT32_MAX, int32_t, uint8_t, uint16_t, uint32_t
from libc.stdlib cimport calloc

cdef extern from "native/automaton.h":
    ctypedef struct Pattern:
        uint32_t positions
        const uint8_t *sets
        const uint16_t *set_of
        const uint32_t *follow_from
        const uint16_t *follow
        uint32_t first_n, at_start_n
        const uint16_t *first
        const uint16_t *at_start
        const uint8_t *flags
        const uint16_t *entry

    ctypedef struct Automaton:
        uint32_t states_n
        int failed

    ctypedef void (*Accept)(void *, size_t, const Automaton *, const uint16_t *, uint32_t, int) noexcept

    int pattern_is_sound(const Pattern *, size_t, size_t) nogil
    void automaton_init(Automaton *, const Pattern *, uint32_t) nogil
    void automaton_free(Automaton *) nogil
    void automaton_run(Automaton *, const uint8_t *, size_t, size_t, size_t, size_t, Accept, void *)

cdef extern from "native/literals.h":
    ctypedef struct Literals:
        pass

    int literals_init(Literals *, const uint8_t *, const uint32_t *, const uint8_t *, uint32_t) nogil

cdef extern from "native/runs.h":
    enum:
        RUN_KINDS

    ctypedef struct Runs:
        uint8_t wanted[6]

cdef extern from "native/pass.h":
    ctypedef struct Use:
        uint32_t rule, back
        int32_t ahead

    ctypedef struct RunUse:
        uint32_t kind, least, rule, before

    ctypedef struct Task:
        int32_t automaton
        uint32_t reach
        uint8_t run, run_least

    ctypedef struct Place:
        uint32_t rule, first, last

    ctypedef struct Region:
        pass

    ctypedef struct c_Pass "Pass":
        Literals literals
        const uint32_t *use_from
        const Use *uses
        const RunUse *run_uses
        uint32_t run_uses_n
        uint32_t rules
        const Task *tasks
        Automaton *automata
        Automaton *reversed
        uint32_t automata_n
        uint32_t *beside
        Automaton *everywhere
        uint32_t *near
        uint32_t everywhere_n
        const uint32_t *everywhere_rule
        const uint32_t *everywhere_reach
        Region *regions
        uint32_t *opened
        uint32_t *last
        Runs runs
        Place *places
        uint32_t places_n

    int pass_find(c_Pass *, const uint8_t *, size_t) nogil
    void pass_free(c_Pass *) nogil

cdef extern from *:
    """
    static const size_t use_size = sizeof(Use), run_use_size = sizeof(RunUse), task_size = sizeof(Task), region_size = sizeof(Region);
    static const size_t automaton_size = sizeof(Automaton);
    """
    const size_t use_size, run_use_size, task_size, region_size, automaton_size

FEW_STATES = 2048
"""States of a rule's automaton that are kept at a time."""

MANY_STATES = 32768
"""The same of that for everywhere."""


cdef int _pattern(object made, Pattern *out, uint32_t entries) except -1:
    """Raises ValueError for what does not hold together."""
    cdef bytes sets = made.sets, set_of = made.set_of, follow_from = made.follow_from, follow = made.follow
    cdef bytes first = made.first, at_start = made.at_start, flags = made.flags, entry = made.entry
    cdef size_t n = len(flags)
    if (
        len(sets) % 32
        or len(set_of) != 2 * n
        or len(follow_from) != 4 * (n + 1)
        or len(entry) != 2 * n
        or len(follow) % 2
        or len(first) % 2
        or len(at_start) % 2
    ):
        raise ValueError("an automaton whose parts differ in length")
    out.positions = <uint32_t> n
    out.sets = <const uint8_t *> <const char *> sets
    out.set_of = <const uint16_t *> <const char *> set_of
    out.follow_from = <const uint32_t *> <const char *> follow_from
    out.follow = <const uint16_t *> <const char *> follow
    out.first_n = <uint32_t> (len(first) // 2)
    out.at_start_n = <uint32_t> (len(at_start) // 2)
    out.first = <const uint16_t *> <const char *> first
    out.at_start = <const uint16_t *> <const char *> at_start
    out.flags = <const uint8_t *> <const char *> flags
    out.entry = <const uint16_t *> <const char *> entry
    if not pattern_is_sound(out, len(sets) // 32, len(follow) // 2):
        raise ValueError("an automaton whose numbers do not hold together")
    cdef size_t i
    for i in range(n):
        if out.entry[i] >= entries:
            raise ValueError("an automaton with an entry that there is not")
    return 0


cdef class Pass:
    """What `dlp.match.engine_native.Compiled` describes, ready to look."""

    cdef c_Pass own
    cdef object kept

    def __cinit__(self, made):
        cdef size_t i, literals = len(made.anchored), rules
        cdef Pattern pattern
        self.kept = made
        if task_size * (len(made.tasks) // task_size) != <size_t> len(made.tasks):
            raise ValueError("tasks of another size")
        rules = len(made.tasks) // task_size
        cdef const uint32_t *literal_from = <const uint32_t *> <const char *> made.literal_from
        self.own.use_from = <const uint32_t *> <const char *> made.use_from
        self.own.uses = <const Use *> <const char *> made.uses
        self.own.tasks = <const Task *> <const char *> made.tasks
        self.own.rules = <uint32_t> rules
        if len(made.literal_from) != <Py_ssize_t> (4 * (literals + 1)) or len(made.use_from) != <Py_ssize_t> (4 * (literals + 1)):
            raise ValueError("literals that differ in number")
        cdef const uint8_t *anchored = <const uint8_t *> <const char *> made.anchored
        cdef uint32_t size
        for i in range(literals):
            if literal_from[i] > literal_from[i + 1] or self.own.use_from[i] > self.own.use_from[i + 1]:
                raise ValueError("literals out of order")
            size = literal_from[i + 1] - literal_from[i]
            if not size or anchored[i] + min(size, 4) > size:
                raise ValueError("a literal without an anchor")
        if literal_from[0] or literal_from[literals] != <uint32_t> len(made.literals) or self.own.use_from[0]:
            raise ValueError("literals of another size")
        if self.own.use_from[literals] * use_size != <size_t> len(made.uses):
            raise ValueError("uses of another size")
        for i in range(self.own.use_from[literals]):
            if self.own.uses[i].rule >= rules:
                raise ValueError("a use of a rule that there is not")
        self.own.run_uses = <const RunUse *> <const char *> made.run_uses
        self.own.run_uses_n = <uint32_t> (len(made.run_uses) // run_use_size)
        for i in range(self.own.run_uses_n):
            if self.own.run_uses[i].rule >= rules or self.own.run_uses[i].kind >= RUN_KINDS:
                raise ValueError("a run of a rule that there is not")
            if i and (self.own.run_uses[i - 1].kind, self.own.run_uses[i - 1].least) > (
                self.own.run_uses[i].kind,
                self.own.run_uses[i].least,
            ):
                raise ValueError("runs out of order")
            self.own.runs.wanted[self.own.run_uses[i].kind] = 1
        for i in range(rules):
            if self.own.tasks[i].automaton >= <int32_t> len(made.automata) or self.own.tasks[i].run >= RUN_KINDS:
                raise ValueError("a task that there is not")
            self.own.runs.wanted[self.own.tasks[i].run] = 1
        self.own.automata = <Automaton *> calloc(len(made.automata) + 1, automaton_size)
        self.own.reversed = <Automaton *> calloc(len(made.automata) + 1, automaton_size)
        self.own.beside = <uint32_t *> calloc(len(made.uses) // use_size + 1, sizeof(uint32_t))
        self.own.regions = <Region *> calloc(rules + 1, region_size)
        self.own.opened = <uint32_t *> calloc(rules + 1, sizeof(uint32_t))
        self.own.last = <uint32_t *> calloc(rules + 1, sizeof(uint32_t))
        if not self.own.reversed or not self.own.beside or not self.own.automata or not self.own.regions or not self.own.opened or not self.own.last:
            raise MemoryError
        for i, automaton in enumerate(made.automata):
            _pattern(automaton, &pattern, 1)
            automaton_init(&self.own.automata[i], &pattern, FEW_STATES)
            self.own.automata_n = <uint32_t> (i + 1)
        if not literals_init(
            &self.own.literals, <const uint8_t *> <const char *> made.literals, literal_from, anchored, <uint32_t> literals
        ):
            raise MemoryError
        self.own.everywhere_rule = <const uint32_t *> <const char *> made.everywhere_rule
        self.own.everywhere_reach = <const uint32_t *> <const char *> made.everywhere_reach
        if len(made.everywhere_rule) != len(made.everywhere_reach):
            raise ValueError("entries that differ in number")
        for i in range(len(made.everywhere_rule) // 4):
            if self.own.everywhere_rule[i] >= rules:
                raise ValueError("an entry of a rule that there is not")
        self.own.everywhere = <Automaton *> calloc(len(made.everywhere) + 1, automaton_size)
        self.own.near = <uint32_t *> calloc(len(made.everywhere) + 1, sizeof(uint32_t))
        if not self.own.everywhere or not self.own.near:
            raise MemoryError
        for i, (automaton, near) in enumerate(made.everywhere):
            self.own.near[i] = near
            _pattern(automaton, &pattern, <uint32_t> (len(made.everywhere_rule) // 4))
            automaton_init(&self.own.everywhere[i], &pattern, MANY_STATES)
            self.own.everywhere_n = <uint32_t> (i + 1)

    def __dealloc__(self):
        pass_free(&self.own)

    def places(self, bytes window) -> list:
        """(rule, first byte, last byte) of each place where a match of the rule may begin. Raises MemoryError."""
        cdef size_t n = len(window)
        cdef const uint8_t *data = <const uint8_t *> <const char *> window
        cdef int ok
        if n >= 0x7FFFFFFF:
            raise ValueError("a window of 2 GB or more")
        with nogil:
            ok = pass_find(&self.own, data, n)
        if not ok:
            raise MemoryError
        cdef uint32_t i
        return [
            (self.own.places[i].rule, self.own.places[i].first, self.own.places[i].last)
            for i in range(self.own.places_n)
        ]


cdef void _note(void *context, size_t at, const Automaton *a, const uint16_t *positions, uint32_t n, int at_end) noexcept:
    (<list> context).append(at)


def run(made, bytes text, uint32_t most=32768) -> tuple:
    """How many states an automaton has after it has read a text, of which it keeps at most `most` at a time; and where
    in it matches end. Raises ValueError, MemoryError."""
    cdef Pattern pattern
    cdef list ends = []
    cdef Automaton own
    _pattern(made, &pattern, UINT32_MAX)
    automaton_init(&own, &pattern, most)
    cdef const uint8_t *data = <const uint8_t *> <const char *> text
    automaton_run(&own, data, 0, len(text), len(text), len(text), _note, <void *> ends)
    cdef uint32_t count = own.states_n
    cdef int failed = own.failed
    automaton_free(&own)
    if failed:
        raise MemoryError
    return count, ends
