/* The settings as a whole: freed, printed, compared. Nothing is kept. */
#include "daemon/setting_row.h"

#include <string.h>

#include "base/mem.h"

enum setting_effect setting_effect(const struct setting *s)
{
	return s->effect;
}

const char *setting_effect_text(enum setting_effect effect)
{
	static const char *const texts[] = {
	    [SETTING_AT_START] = "at the next start",
	    [SETTING_AT_ONCE] = "at once",
	    [SETTING_NEW] = "for what begins from now on",
	};

	return texts[effect];
}

static size_t field_size(const struct setting *s)
{
	switch (s->kind) {
	case KIND_PATH:
	case KIND_WORD:
	case KIND_SERVICE:
		return sizeof(char *);
	case KIND_NUMBER:
		return sizeof(int64_t);
	case KIND_FLAG:
		return sizeof(bool);
	case KIND_DEFINITION: /* the declared services are no value of one row */
		break;
	}
	return 0;
}

char *setting_text(const struct setting *s, const struct config *config)
{
	const void *value = (const char *)config + s->offset;

	switch (s->kind) {
	case KIND_PATH:
	case KIND_WORD:
	case KIND_SERVICE: {
		const char *text = *(char *const *)value;
		return mem_string(text ? text : "");
	}
	case KIND_NUMBER:
		return mem_format("%lld", (long long)*(const int64_t *)value);
	case KIND_FLAG:
		return mem_string(*(const bool *)value ? "yes" : "no");
	case KIND_DEFINITION:
		break;
	}
	return mem_string("");
}

/* Each gets the other's value, with the origin. */
static void setting_swap(const struct setting *s, struct config *a, struct config *b)
{
	char *origin = a->origins[setting_number(s)];
	char bytes[sizeof(int64_t)];
	size_t n = field_size(s);

	_Static_assert(sizeof bytes >= sizeof(char *), "a value of each kind fits");
	memcpy(bytes, setting_field(s, a), n);
	memcpy(setting_field(s, a), setting_field(s, b), n);
	memcpy(setting_field(s, b), bytes, n);
	if (n) {
		a->origins[setting_number(s)] = b->origins[setting_number(s)];
		b->origins[setting_number(s)] = origin;
	}
}

void config_replace(struct config *running, struct config *fresh)
{
	struct config left;

	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (setting_effect(setting_at(i)) == SETTING_AT_START)
			setting_swap(setting_at(i), running, fresh);
	left = *running;
	*running = *fresh;
	*fresh = left;
}

void config_free(struct config *config)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (setting_at(i)->kind == KIND_PATH || setting_at(i)->kind == KIND_WORD ||
		    setting_at(i)->kind == KIND_SERVICE)
			free(*(char **)setting_field(setting_at(i), config));
		free(config->origins[i]);
	}
	declare_free(&config->services);
	nodes_free(&config->nodes);
	*config = (struct config){0};
}

void config_print(const struct config *config, FILE *out)
{
	fputs("[dtreed]\n", out);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		cleanup_free char *value = setting_text(setting_at(i), config);
		if (setting_at(i)->place != PLACE_LINE && config->origins[i])
			fprintf(out, "%s = %s ; %s\n", setting_at(i)->name, value,
			        config->origins[i]);
	}
	declare_print(&config->services, out);
	nodes_print(&config->nodes, out);
}

void config_help(FILE *out)
{
	fputs("Usage: dtreed [OPTION]...\n"
	      "The controller of a tree of worker processes. Runs in the foreground.\n\n",
	      out);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *s = setting_at(i);
		cleanup_free char *left =
		    mem_format("--%s%s%s", s->name, s->value ? " " : "", s->value ? s->value : "");
		fprintf(out, "  %-22s  %s\n", left, s->summary);
		if (s->kind == KIND_WORD || s->kind == KIND_SERVICE) {
			cleanup_free char *choices = choice_list(s->choice);
			fprintf(out, "  %-22s  %s\n", "", choices);
		}
		if (s->kind == KIND_NUMBER && s->place == PLACE_BOTH)
			fprintf(out, "  %-22s  %lld to %lld\n", "", (long long)s->min,
			        (long long)s->max);
		if (s->place == PLACE_BOTH)
			fprintf(out, "  %-22s  reload: %s\n", "", setting_effect_text(s->effect));
		if (s->preset || s->note)
			fprintf(out, "  %-22s  default: %s%s%s\n", "", s->preset ? s->preset : "",
			        s->preset && s->note ? ", " : "", s->note ? s->note : "");
	}
	fputs("\nSettings from --socket to --max-line may also stand in the configuration file,\n"
	      "below [dtreed], as `name = value`. See dtreed(8). Services of one's own are "
	      "declared there\n"
	      "below [service NAME], see dtree-services(7); nodes below [node ID] and [group "
	      "NAME].\n",
	      out);
}
