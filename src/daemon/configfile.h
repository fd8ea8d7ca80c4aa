/* The configuration file: INI, one section [dtreed], one `name = value` a line. */
#ifndef DAEMON_CONFIGFILE_H
#define DAEMON_CONFIGFILE_H

#include <stdbool.h>

#include "daemon/mistakes.h"
#include "daemon/setting.h"

/*
 * Stores the file's settings, except where the config has a value already; bad values are mistakes
 * even then. A missing file is a mistake if it was `named`. Each mistake begins "PATH:LINE: "; a
 * line with a mistake does not keep the others from being read.
 */
void configfile_read(const char *path, bool named, struct config *config, struct mistakes *found);

#endif
