/*
 * A program and its surroundings: where its sisters are, in the build tree, under a prefix that was
 * moved, or where configure put them; and that it has standard streams.
 */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

/*
 * The path of the program `name`, looked for in this order: beside the running program; in
 * `relative` as seen from its directory ("../libexec/dtree"); in the absolute directory
 * `configured`. Either may be NULL. The first executable regular file wins. New memory, owned by
 * the caller; NULL where there is none.
 */
char *program_find(const char *name, const char *relative, const char *configured);

/* Opens something for each standard stream that is closed, as what is opened later must not be
 * taken for one; what cannot be read or written (EBADF), so that a user hears of input and output
 * that there is not. Standard error is /dev/null. First of all. 0, or -1 with errno. */
int program_streams(void);

#endif
