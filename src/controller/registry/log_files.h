/*
 * Where the nodes' own logs are (wire/log_ring.h): a file for each node whose service is a program,
 * named by its data id, in a directory of the runtime directory. The node's worker makes it; it
 * stays over the node's lives, and goes with the node.
 */
#ifndef CONTROLLER_REGISTRY_LOG_FILES_H
#define CONTROLLER_REGISTRY_LOG_FILES_H

#include <stdbool.h>
#include <stdint.h>

/* The file of that node. New memory; NULL where dir, which has them all, is NULL. */
char *log_files_path(const char *dir, uint32_t data_id);
/* dir may be NULL. */
void log_files_remove(const char *dir, uint32_t data_id);
/* Removes what belongs to no node, as `keeps` knows them: what a crash has left. dir may be NULL.
 */
void log_files_tidy(const char *dir, bool (*keeps)(const void *arg, uint32_t data_id),
                    const void *arg);

#endif
