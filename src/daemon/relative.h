/*
 * Paths in the values of a service that are not absolute: they are meant from the directory of the
 * file that they stand in, and on the command line from the working directory.
 */
#ifndef DAEMON_RELATIVE_H
#define DAEMON_RELATIVE_H

#include "base/error.h"

/* The value of the key with its path, if it is one, from `file`; NULL: from the working directory.
 * What cannot be understood stays as it is. New memory; NULL: the working directory is not known.
 */
char *relative_value(const char *key, const char *value, const char *file, struct error *err);

#endif
