/* A test in a process of its own, which may have a file system of its own. */
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
/* It has so long; less than the time of a test suite that uses this. */
#define APART_SECONDS 200

void apart(void (*test)(void));
/* In such a process: the directory is a disk of that size ("1M"), which nobody else sees. */
void apart_disk(const char *dir, const char *size);
void apart_resize(const char *dir, const char *size);

#endif
