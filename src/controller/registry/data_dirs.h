/*
 * Where nodes keep their data: a directory for each below STATE/nodes, named by the node's data
 * id and made by its worker. A data id belongs to one node, from its create to its kill,
 * and is never given again while there is a directory of that name.
 */
#ifndef CONTROLLER_REGISTRY_DATA_DIRS_H
#define CONTROLLER_REGISTRY_DATA_DIRS_H

#include <stdint.h>

#include "base/error.h"

struct data_dirs;

/* Makes STATE/nodes; STATE exists. */
struct data_dirs *data_dirs_open(const char *state_dir, struct error *err);
void data_dirs_close(struct data_dirs *s);

/* The highest data id that has a directory; 0: none has. */
uint32_t data_dirs_last(const struct data_dirs *s);
/* The directory of that node. New memory. */
char *data_dirs_path(const struct data_dirs *s, uint32_t data_id);

#endif
