/* Owns nothing. */
#include "controller/lifecycle/head.h"

#include "controller/lifecycle/internal.h"
#include "controller/overlay/link_form.h"

void head_record(struct controller *c)
{
	const struct lifecycle *l = c->lifecycle;

	registry_head(c->registry, &(struct registry_head){.epoch = c->controller_epoch,
	                                                   .incarnation = l->last_incarnation,
	                                                   .topology = l->topology->name,
	                                                   .boot = l->boot,
	                                                   .place = l->place,
	                                                   .link = link_form_word(c),
	                                                   .links = c->config.runtime_dir,
	                                                   .heartbeat_ms = l->heartbeat_asked,
	                                                   .ended = l->shutdown});
}
