/* What the files of exec share, and no others. */
#ifndef CONTROLLER_EXEC_INTERNAL_H
#define CONTROLLER_EXEC_INTERNAL_H

#include "controller/exec/exec.h"

/* Each pointer belongs to the file that is named, and its struct is defined there. */
struct exec {
	struct sweeps *sweeps;                /* sweep.c */
	struct diagnoses *diagnoses;          /* diagnose.c */
	struct pingalls *pingalls;            /* pingall.c */
	struct exec_alls *exec_alls;          /* exec_all_run.h */
	struct result_transfers *results;     /* result_transfer.c */
	struct slow_words *slow;              /* slow_word.c */
	struct metrics *metrics;              /* request_metrics.c */
	struct slow_looks *looks;             /* slow_look.c */
	struct wake_wait *wait;               /* trace_word.c */
	const struct exec_handlers *handlers; /* borrowed */
};

#endif
