/*
 * What a program says of how far a call has come: the notification `progress`. Told at most every
 * PROGRESS_MS, the last one first of all.
 */
#ifndef PROGRAM_PROGRESS_H
#define PROGRAM_PROGRESS_H

struct call;
struct cJSON;
struct engine;

/* Between two that are told of one call. */
#define PROGRESS_MS 50
/* Bytes of its text; more is cut. */
#define PROGRESS_TEXT_MAX 256

/* Of a call that has begun; it takes the place of what was not told yet. -1: it is none. */
int progress_take(struct engine *e, struct call *call, const struct cJSON *params);
/* Of a call that is about to be answered: what was not told yet is. */
void progress_end(struct engine *e, struct call *call);
/* The timer of the engine. */
void progress_on_time(void *engine);

#endif
