/*
 * The lines that were typed, kept in a file from one shell to the next.
 */
#ifndef CTL_LINES_H
#define CTL_LINES_H

#include <histedit.h>

struct lines;

/* Reads those of before, for editing. Never NULL. */
struct lines *lines_open(EditLine *edit);
void lines_add(struct lines *lines, const char *line);
/* Writes them; says where that fails. Before el_end(). */
void lines_close(struct lines *lines);

#endif
