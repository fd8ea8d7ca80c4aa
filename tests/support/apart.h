/* Runs a test in its own process, which may have its own file system. */
#ifndef TESTS_APART_H
#define TESTS_APART_H

#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

/* "It cannot be tested here." */
#define APART_SKIPPED 77
/* The time that it has; less than the timeout of the suites that use this. */
#define APART_SECONDS 200

void apart(void (*test)(void));
/* In such a process: mounts a disk of that size ("1M") on the directory, which no other process
 * sees. */
void apart_disk(const char *dir, const char *size);
void apart_resize(const char *dir, const char *size);

#endif
