/* A directory for the test, and files in it. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/remove.h"

extern char scratch_top[64];
extern char *scratch_dir; /* below it; not made yet */

void scratch_set_up(void);
void scratch_tear_down(void);
char *scratch_path(const char *name);
bool scratch_is_there(const char *name);
/* A whole file. Owned. NULL and *size unchanged: there is none. */
char *scratch_read(const char *name, size_t *size);
void scratch_write(const char *name, const char *bytes, size_t size);

#endif
