/*
 * Files that a program may read and others may not (credential): copied into a directory of the
 * process's own when it is started, and removed when it has ended.
 */
#ifndef PROGRAM_CREDENTIALS_H
#define PROGRAM_CREDENTIALS_H

#include <stddef.h>

#include "base/error.h"
#include "program/spec.h"

/* The largest file, in bytes. */
#define CREDENTIAL_MAX ((size_t)1024 * 1024)
/* The longest name of one. */
#define CREDENTIAL_NAME_MAX 64

/* Of "NAME:PATH": the path. */
const char *credential_path(const char *credential);
/* A descriptor of a file that can be one, to be read; else -1 with ERR_SERVICE that names it. */
int credential_open(const char *credential, struct error *err);

/* Copies them into `dir`, which is made, with the directory above it and the one above that, and
 * belongs, as the files do, to the program's user. -1: nothing is left of it. */
int credentials_make(const char *dir, const struct program_spec *spec, struct error *err);

#endif
