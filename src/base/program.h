/*
 * The surroundings of a program: the paths of dtree's other programs, in the build tree, under a
 * prefix that was moved, or where configure put them; and its standard streams.
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

/* Opens each standard stream that is closed, so that no later descriptor is mistaken for one. Input
 * and output get a descriptor that cannot be read or written (EBADF), so that the user is told that
 * they are missing; standard error gets /dev/null. Call it first. 0, or -1 with errno. */
int program_streams(void);

#endif
