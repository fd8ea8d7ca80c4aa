/*
 * Requests that are fed in pieces: arguments, or the standard input of a program. Each is opened,
 * fed until all is fed, and closed; its answer goes to the history.
 */
#ifndef SIM_FLOWS_H
#define SIM_FLOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/controller.h"

/* A byte of an input: its place and its request show in it. */
static inline char input_byte(uint64_t seq, uint64_t place)
{
	return (char)(seq + place * 7 + (place >> 8) * 13 + (place >> 16) * 29);
}

/* The ask of that number, whose arguments are copied, and then so many bytes of text. */
void flow_begin(struct session *s, uint64_t number, int node, const char *args, size_t size,
                size_t text);
/* The same with so many bytes of input, as input_byte() has them for that seq. */
void flow_begin_input(struct session *s, uint64_t number, int node, const char *args, size_t size,
                      uint64_t seq, size_t bytes);
/* The session is being closed; what waits for a flow that is given up may be answered yet. */
void flows_closing(bool closing);
void flows_forget(const struct session *s);
void flows_free(void);

#endif
