/* Fields of /proc/PID/stat, see proc_pid_stat(5). */
#ifndef BASE_PROC_STAT_H
#define BASE_PROC_STAT_H

#include <stddef.h>
#include <sys/types.h>

#define PROC_STAT_SIZE ((size_t)1024)
/* The numbers of fields, as the manual counts them. */
#define PROC_STAT_STATE     3
#define PROC_STAT_MINOR     10
#define PROC_STAT_MAJOR     12
#define PROC_STAT_START     22
#define PROC_STAT_EXIT_CODE 52

/* The fields from the state on, in `text`; NULL: there is no such process, or it cannot be read. */
const char *proc_stat_read(pid_t pid, char text[PROC_STAT_SIZE]);
/* Where that field begins; NULL: it is not there. `fields`: of proc_stat_read(), may be NULL. */
const char *proc_stat_field(const char *fields, int number);

#endif
