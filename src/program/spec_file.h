/*
 * A declared service in a file, from dtreed to its workers: "[service NAME] ; ORIGIN", then all
 * that was set, "key = value" a line. Whoever can read it sees what the program is told, so it is
 * 0600.
 */
#ifndef PROGRAM_SPEC_FILE_H
#define PROGRAM_SPEC_FILE_H

#include "base/error.h"
#include "program/spec.h"

/* Makes a file at that path, where none is but by an earlier attempt. */
int spec_file_make(const char *path, const struct program_spec *s, struct error *err);
/* Puts it in place of what is at the path, whole at any moment. */
int spec_file_write(const char *path, const struct program_spec *s, struct error *err);

/* The service of that name. *s is initialised here; the caller frees it, also after a failure. The
 * error names the file, and the line if there is one. */
int spec_file_read(const char *path, const char *name, struct program_spec *s, struct error *err);

#endif
