/* Runs work in a process that is killed at a chosen system call. */
#ifndef TESTS_CRASH_H
#define TESTS_CRASH_H

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

/* Zeroed memory that outlives the process that writes to it. */
void *crash_shared(size_t size);
/* Runs the work in a process that is killed before that call; there must be no other child. false:
 * there is no such call. */
bool crash_killed(void (*work)(void), int at);

#endif
