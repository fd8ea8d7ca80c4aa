/*
 * Control groups, version 2 (cgroups(7)): directories whose files the kernel makes. Nothing is
 * kept.
 */
#ifndef BASE_CONTROL_GROUP_H
#define BASE_CONTROL_GROUP_H

#include <stdbool.h>

/* Is there then: 0, or -1 with errno. */
int control_group_make(const char *path);
/* Writes a file of the group: 0, or -1 with errno. */
int control_group_write(const char *path, const char *file, const char *text);
/* Does a file of the group have this word? */
bool control_group_has(const char *path, const char *file, const char *word);
/* SIGKILL to all that is in it, however it forks. Nothing where the kernel has no cgroup.kill. */
void control_group_kill(const char *path);
/* Removes it with the groups in it: 0: nothing is left; else -1 with errno, EBUSY while a process
 * is in one of them. */
int control_group_remove(const char *path);

/* A descriptor by which a process enters it: between fork and exec, too. -1 with errno. */
int control_group_door(const char *path);
/* This process enters. */
void control_group_enter(int door);

#endif
