/* Processes of ours: how a program is started, and how a child is reaped. Nothing is kept. */
#ifndef CONTROLLER_PROCESS_SPAWN_H
#define CONTROLLER_PROCESS_SPAWN_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Starts argv[0] with only the standard descriptors open: `input`, and `output` for both outputs;
 * both stay the caller's. Its pid; or -1 with ERR_LIMIT when the system has no room for it,
 * ERR_INTERNAL when it is no program. It may still be on its way to that program, and fail (exit
 * status 127).
 */
pid_t spawn_program(char *const argv[], int input, int output, struct error *err);

/* Reaps a child that has ended, without waiting: info->si_pid is 0 if it has not. -1: it is no
 * process that may be waited for. */
int spawn_reap(int pidfd, siginfo_t *info);
/* How one ended, as spawn_reap() told, in few words. 64 bytes are enough. */
void spawn_describe(const siginfo_t *info, char *text, size_t size);

#endif
