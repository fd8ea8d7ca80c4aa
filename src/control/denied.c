/* Owns control.denied. */
#include "control/denied.h"

#include "base/clock.h"
#include "base/log.h"

#define DENIED_LOG_MS 60000

void denied_note(struct control *control, const char *text)
{
	struct denied *denied = &control->denied;
	int64_t now = clock_ms();

	denied->count++;
	if (denied->logged && now - denied->logged < DENIED_LOG_MS) {
		denied->unsaid++;
		return;
	}
	if (denied->unsaid)
		log_warn("control", "denied: %s (and %llu more since the last such line)", text,
		         (unsigned long long)denied->unsaid);
	else
		log_warn("control", "denied: %s", text);
	denied->logged = now;
	denied->unsaid = 0;
}

int denied_check(struct client *c, const struct method *method, struct error *err)
{
	enum role role = c->credentials.role;

	if (role <= method->role)
		return 0;
	error_set(
	    err, ERR_DENIED, "user %u may not call '%s': that takes the role '%s', and it has '%s'",
	    (unsigned)c->credentials.uid, method->name, role_name(method->role), role_name(role));
	denied_note(c->control, err->text);
	return -1;
}
