/*
 * The history of typed lines, which a file keeps from one shell to the next.
 */
#ifndef CTL_LINES_H
#define CTL_LINES_H

#include <histedit.h>

struct lines;

/* Reads the history for editing. Never NULL. */
struct lines *lines_open(EditLine *edit);
void lines_add(struct lines *lines, const char *line);
/* Writes it; reports a failure. Call it before el_end(). */
void lines_close(struct lines *lines);

#endif
