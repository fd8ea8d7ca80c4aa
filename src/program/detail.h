/*
 * What is known of a failed request beside the reason: one JSON object, as text in new memory. The
 * names of its members are those that dtree-protocol(7) gives.
 */
#ifndef PROGRAM_DETAIL_H
#define PROGRAM_DETAIL_H

#include <stdint.h>

struct cJSON;
struct subprocess_end;

/* The status or the signal with which a process ended; NULL: neither is known. */
char *detail_of_end(const struct subprocess_end *end);
/* A program that is not there is tried again in so many ms. */
char *detail_of_delay(int64_t ms);
/* The code and the data of a JSON-RPC error; NULL: it has neither. Data that is too large, or too
 * deep for a reply, is left out, and `data_dropped` says so. */
char *detail_of_error(const struct cJSON *error);

#endif
