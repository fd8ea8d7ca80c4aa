/*
 * Memory for cJSON, which allocates some ten small pieces for a request and frees all of them
 * before the next. For a program of one thread that reads JSON, never for a library: cJSON has one
 * allocator in a process.
 */
#ifndef WIRE_JSON_POOL_H
#define WIRE_JSON_POOL_H

/* From now on, and before the first json_parse(). */
void json_pool_use(void);

#endif
