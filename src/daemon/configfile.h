/* The configuration file: INI, one section [dtreed], one `name = value` a line. */
#ifndef DAEMON_CONFIGFILE_H
#define DAEMON_CONFIGFILE_H

#include <stdbool.h>

#include "base/error.h"
#include "daemon/setting.h"

/*
 * Stores what the file says, except where the config already has a value; bad values are errors
 * even so. A file that is not there is an error if `named`, else nothing. 0, or -1 with an error
 * that begins "PATH:LINE: ".
 */
int configfile_read(const char *path, bool named, struct config *config, struct error *err);

#endif
