/* Owns controller.exec. */
#include "controller/exec/exec.h"

#include <stdlib.h>

#include "base/mem.h"
#include "controller/exec/diagnose.h"
#include "controller/exec/exec_all.h"
#include "controller/exec/internal.h"
#include "controller/exec/pingall.h"
#include "controller/exec/request_metrics.h"
#include "controller/exec/result_transfer.h"
#include "controller/exec/slow_look.h"
#include "controller/exec/slow_word.h"
#include "controller/exec/sweep.h"
#include "controller/exec/trace_word.h"

void exec_init(struct controller *c, const struct exec_handlers *handlers)
{
	c->exec = mem_new(sizeof *c->exec);
	c->exec->handlers = handlers;
	sweep_init(c);
	pingall_init(c);
	diagnose_init(c);
	exec_all_init(c);
	result_transfer_init(c);
	trace_word_init(c);
	slow_word_init(c);
	slow_look_init(c);
	request_metrics_init(c);
}

void exec_stop(struct controller *c)
{
	exec_all_stop(c);
	diagnose_stop(c);
	pingall_stop(c);
	sweep_stop(c);
	result_transfer_stop(c);
	trace_word_stop(c);
	slow_look_stop(c);
	slow_word_stop(c);
	request_metrics_stop(c);
	free(c->exec);
}
