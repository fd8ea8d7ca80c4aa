/* The processor time and the memory of a node's processes, as this machine's kernel tells them. */
#ifndef CTL_USAGE_PROC_H
#define CTL_USAGE_PROC_H

#include <stdint.h>
#include <sys/types.h>

/* Of a worker and its children, in ticks (sysconf(3), _SC_CLK_TCK) and bytes. Both stay as they are
 * where there is no such process, or that is none of dtree, as in another namespace. */
void usage_proc_read(pid_t pid, int64_t *ticks, int64_t *memory);

#endif
