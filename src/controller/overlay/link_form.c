/* Owns overlay.form and controller.context. */
#include "controller/overlay/link_form.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "controller/node/link_kind.h"
#include "controller/overlay/internal.h"
#include "link/context.h"
#include "link/endpoint.h"

#define AREA "links"

struct link_form {
	bool tcp;
	bool has_key;
	struct link_key key;
	char *key_path; /* NULL: there is no key */
	char *word;
};

static char *link_form_key_file(const struct controller *c)
{
	return mem_format("%s/" LINK_KEY_NAME, c->config.state_dir);
}

/* The former key stays, as living workers have it. What is no key is replaced. */
static int take_key(struct link_form *f, struct error *err)
{
	struct error why;

	if (link_key_read(f->key_path, &f->key, &why) == 0)
		return 0;
	if (why.code != ERR_NOT_FOUND)
		log_warn(AREA, "%s: a new key is made", why.text);
	if (link_key_make(&f->key, err))
		return -1;
	return link_key_write(f->key_path, &f->key, err);
}

int link_form_init(struct controller *c, struct error *err)
{
	struct link_form *f = c->overlay->form = mem_new(sizeof *f);

	f->tcp = link_kind_is_tcp(c->config.link);
	f->has_key = link_kind_has_key(c->config.link, c->config.link_security);
	if (f->has_key) {
		f->key_path = link_form_key_file(c);
		if (take_key(f, err))
			return -1;
	}
	f->word = f->has_key ? mem_format("tcp:%s", f->key.shown) : mem_string(f->tcp ? "tcp" : "");
	if (f->tcp && !f->has_key)
		log_warn(AREA, "any user of this machine may connect to the nodes: "
		               "link-security is null");
	return 0;
}

int link_form_open(struct controller *c, struct error *err)
{
	const struct link_form *f = c->overlay->form;

	c->context = link_context_new(
	    c->loop,
	    &(struct link_context_config){.tcp = f->tcp, .key = f->has_key ? &f->key : NULL}, err);
	return c->context ? 0 : -1;
}

void link_form_stop(struct controller *c)
{
	struct link_form *f = c->overlay->form;

	if (!f)
		return;
	explicit_bzero(&f->key, sizeof f->key);
	free(f->key_path);
	free(f->word);
	free(f);
}

const char *link_form_scheme(const struct controller *c)
{
	return c->overlay->form->tcp ? ENDPOINT_TCP : ENDPOINT_IPC;
}

int link_form_renew(const struct controller *c, struct error *err)
{
	const struct link_form *f = c->overlay->form;

	if (!f->has_key || access(f->key_path, F_OK) == 0)
		return 0;
	log_warn(AREA, "%s was gone: made anew", f->key_path);
	return link_key_write(f->key_path, &f->key, err);
}

const char *link_form_key_path(const struct controller *c)
{
	return c->overlay->form->key_path;
}

const char *link_form_word(const struct controller *c)
{
	return c->overlay->form->word;
}

void link_form_drop(const struct controller *c)
{
	cleanup_free char *path = link_form_key_file(c);

	unlink(path);
}
