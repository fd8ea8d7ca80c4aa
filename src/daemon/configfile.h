/* A configuration file: INI, a section [dtreed] and one [service NAME], [node ID] or [group NAME]
 * for what it declares, one `name = value` a line. */
#ifndef DAEMON_CONFIGFILE_H
#define DAEMON_CONFIGFILE_H

#include <stdbool.h>

#include "daemon/mistakes.h"
#include "daemon/setting.h"

/*
 * Stores what the file says, in place of what former files said, except where the command line
 * gave a value; bad values are mistakes even so. A file that is not there is one if `named`, else
 * nothing; what is no regular file is one with `again`, as others cannot be read twice, or never
 * end. Each begins "PATH:LINE: "; a line with a mistake does not keep the others from being
 * read.
 */
void configfile_read(const char *path, bool named, bool again, struct config *config,
                     struct mistakes *found);

#endif
