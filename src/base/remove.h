/* Removing a directory with all below it. */
#ifndef BASE_REMOVE_H
#define BASE_REMOVE_H

#include "base/error.h"

/*
 * Removes the path and what is below it: links are removed, never followed; other file systems are
 * not entered, nor what is deeper than 200 levels. Another process may remove the same files
 * meanwhile. 0 when nothing is left; -1 with an error that names what could not be removed.
 */
int remove_all(const char *path, struct error *err);

#endif
