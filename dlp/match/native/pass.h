#ifndef PASS_H
#define PASS_H

#include "automaton.h"
#include "beside.h"
#include "literals.h"
#include "runs.h"

/* Where in a text rules may match.
 *
 * A literal leads to its rules. Where it is part of their matches, it is looked at what stands beside it (`beside.h`), in
 * both directions. Where it is a word that must only be near, each rule has a region around it in which a match may
 * begin. Regions of a rule that overlap are one, and through each its automaton runs: what it accepts is a place. A rule
 * whose matches hold a long run of letters and digits asks first whether there is one. A rule without a literal is led to
 * by its runs; what has neither is a few automata that read all of the text, or what stands around digits.
 *
 * What is beside literals is read again for each of them. So that time grows with the text and no more, regions take over
 * in a text in which so much was read. */

#define EVERYWHERE UINT32_MAX

typedef struct {
    uint32_t rule, back; /* a match begins from `back` bytes before the literal's end .. */
    int32_t ahead;       /* .. to `ahead` behind it; below 0: the literal is part of it */
} Use;

typedef struct {
    uint32_t kind, least;
    uint32_t rule, before; /* a run begins at most so many bytes behind the beginning of a match */
} RunUse;

typedef struct {
    int32_t automaton; /* -1: none, each region is a place */
    uint32_t reach;    /* bytes from the beginning of a match to where its automaton accepts */
    uint8_t run, run_least;
} Task;

typedef struct {
    uint32_t rule, first, last; /* a match of the rule may begin with the bytes first..last */
} Place;

typedef struct {
    size_t start, restarts, end;
    int open;
} Region;

typedef struct {
    Literals literals;
    const uint32_t *use_from; /* by literal, and one more */
    const Use *uses;
    const RunUse *run_uses; /* by kind, the short ones first */
    uint32_t run_uses_n;
    uint32_t rules;
    const Task *tasks; /* by rule */
    Automaton *automata;
    Automaton *reversed; /* of each, as far as it was needed */
    uint32_t automata_n;
    uint32_t *beside; /* by use: which of `besides` + 1; 0: none yet */
    Beside *besides;
    uint32_t besides_n, besides_room;
    size_t read; /* bytes beside literals of the text at hand */
    Automaton *everywhere;
    uint32_t *near; /* by automaton: how far before a digit matches begin at most, or EVERYWHERE */
    uint32_t everywhere_n;
    const uint32_t *everywhere_rule;  /* by entry of its pattern */
    const uint32_t *everywhere_reach; /* the same */
    Region *regions;                  /* by rule */
    uint32_t *opened;                 /* rules with an open region */
    uint32_t opened_n;
    uint32_t *last; /* by rule: its last place + 1 */
    Runs runs;
    Place *places;
    uint32_t places_n, places_room;
    int failed;
    const uint8_t *data; /* of the text at hand */
    size_t n;
    uint32_t rule;
} Pass;

/* Fills `places`. Whether there was memory. */
int pass_find(Pass *, const uint8_t *data, size_t n);
void pass_free(Pass *);

#endif
