/* Plans: from what is declared and what is there to steps. */
#include "daemon/plan.h"
#include "daemon/test/config_fixture.h"

TestSuite(plan, .init = set_up, .fini = tear_down, .timeout = 60);

/* "no" for what is not there. */
struct there {
	int id;
	int parent;
	const char *service;
	const char *restart;
	const char *name;
	const char *group;
	enum node_declared declared;
};

static void add_changes(struct buffer *text, const struct plan_step *step)
{
	for (size_t i = 0; i < step->count; i++) {
		const struct plan_change *c = &step->changes[i];
		buffer_format(text, " %s=%s%s%s", node_key_name(c->key), c->from ? c->from : "",
		              step->kind == PLAN_CREATE ? "" : ">", c->to ? c->to : "");
	}
}

static void add_step(struct buffer *text, const struct plan_step *step)
{
	static const char *const kinds[] = {"rename",    "create", "change",
	                                    "undeclare", "disown", "remove"};

	buffer_format(text, "%s %d", kinds[step->kind], step->id);
	add_changes(text, step);
	buffer_format(text, "%s%s%s%s", step->adopts ? " adopts" : "",
	              step->returns ? " returns" : "", step->carried ? " carried" : "",
	              step->waits ? " waits" : "");
	if (step->after)
		buffer_format(text, " after=%zu", step->after);
	buffer_add_string(text, "\n");
}

static bool prunes;

/* The plan for the file, under that topology, with these nodes; the list ends with a service NULL.
 * Steps, then what is left; FILE stands for the file's path. */
static void planned(const char *topology, const char *bytes, const struct there *there,
                    const char *expected)
{
	struct plan_node nodes[20] = {0};
	struct plan_input in = {.declared = &config.nodes, .nodes = nodes, .prune = prunes};
	struct plan plan = {0};
	struct buffer text = {0};
	cleanup_free char *wanted = NULL;

	write_bytes(bytes, strlen(bytes));
	cr_assert_eq(LOAD(&as_root, "--config", file, "--topology", topology), 0, "%s", err.text);
	in.place = node_place_of(config.topology);
	in.defaults[NODE_PARENT] = in.place == NODE_PLACE_BELOW ? "-1" : NULL;
	in.defaults[NODE_SERVICE] = config.service;
	in.defaults[NODE_RESTART] = config.restart;
	for (; there[in.count].service; in.count++) {
		const struct there *t = &there[in.count];
		nodes[in.count] = (struct plan_node){.id = t->id,
		                                     .parent = t->parent,
		                                     .values = {[NODE_SERVICE] = t->service,
		                                                [NODE_RESTART] = t->restart,
		                                                [NODE_NAME] = t->name,
		                                                [NODE_GROUP] = t->group},
		                                     .declared = t->declared};
	}
	plan_make(&in, &plan);
	for (size_t i = 0; i < plan.count; i++)
		add_step(&text, &plan.steps[i]);
	for (size_t i = 0; i < plan.left_count; i++)
		buffer_format(&text, "left %s\n", plan.left[i].text);
	buffer_add(&text, "", 1);
	wanted = with_file(expected);
	cr_expect_str_eq(text.data, wanted);
	buffer_free(&text);
	plan_free(&plan);
}

#define NODES(...) ((const struct there[]){__VA_ARGS__ __VA_OPT__(, ){0}})
/* Of the usual service, and without more. */
#define PLAIN(number, above, how) \
	{ \
		.id = (number), .parent = (above), .service = "sum", .restart = "no", \
		.declared = (how) \
	}
#define BY_HAND(number, above)    PLAIN(number, above, NODE_BY_HAND)
#define DECLARED(number, above)   PLAIN(number, above, NODE_DECLARED)
#define UNDECLARED(number, above) PLAIN(number, above, NODE_UNDECLARED)

Test(plan, nothing_is_declared_and_nothing_happens)
{
	planned("tree", "", NODES(BY_HAND(1, -1)), "");
}

Test(plan, nodes_that_are_missing_are_created_parents_first)
{
	planned("tree",
	        "[node 30]\nparent = 20\n[node 20]\nparent = @root\nservice = dict\n"
	        "restart = always\n[node 10]\nname = root\ngroup = g\n",
	        NODES(),
	        "create 10 parent=-1 service=sum name=root group=g\n"
	        "create 20 parent=10 service=dict restart=always after=1\n"
	        "create 30 parent=20 service=sum after=2\n");
}

Test(plan, what_is_started_after_others_is_made_behind_them)
{
	planned(
	    "tree",
	    "[node 10]\nafter = 20, 30\n[node 20]\nparent = 10\n[node 30]\nafter = 40\n"
	    "[node 40]\n[node 50]\nafter = 60\n[node 60]\nafter = 50\n[node 70]\nafter = 80\n"
	    "[node 90]\nafter = 80, 99\n[node 91]\nparent = 90\n",
	    NODES(BY_HAND(80, -1)),
	    "create 40 parent=-1 service=sum\n"
	    "create 70 parent=-1 service=sum after=80\n"
	    "create 30 parent=-1 service=sum after=40 waits\n"
	    "left FILE:14: node 90: node 99, which it is started after, is neither declared nor "
	    "there\n"
	    "left FILE:16: node 91: its parent, node 90, is not made\n"
	    "left FILE:1: node 10: it is started after nodes that wait for it\n"
	    "left FILE:3: node 20: it is started after nodes that wait for it\n"
	    "left FILE:8: node 50: it is started after nodes that wait for it\n"
	    "left FILE:10: node 60: it is started after nodes that wait for it\n");
}

Test(plan, what_is_as_declared_stays_untouched)
{
	planned("tree", "[node 10]\n[node 20]\nparent = 10\n[group g]\ninstances = 1\n",
	        NODES(DECLARED(10, -1), DECLARED(20, 10),
	              {7, -1, "sum", "no", "g-1", "g", NODE_DECLARED},
	              {5, 20, "dict", "no", NULL, NULL, NODE_BY_HAND}),
	        "");
}

Test(plan, each_difference_is_a_change)
{
	planned("tree",
	        "[node 10]\nrestart = always\n[node 20]\nname = b\ngroup = g\n[node 30]\nparent = "
	        "20\n",
	        NODES({10, -1, "sum", "no", "a", "g", NODE_DECLARED}, DECLARED(20, 10),
	              DECLARED(30, 10)),
	        "change 10 restart=no>always name=a> group=g>\n"
	        "change 20 parent=10>-1 name=>b group=>g\n"
	        "change 30 parent=10>20 after=2\n");
}

Test(plan, a_node_that_goes_below_one_that_was_below_it_follows_it)
{
	planned("tree", "[node 10]\nparent = 20\n[node 20]\n",
	        NODES(DECLARED(10, -1), DECLARED(20, 10)),
	        "change 20 parent=10>-1\n"
	        "change 10 parent=-1>20 after=1\n");
}

Test(plan, a_circle_by_way_of_a_node_made_by_hand_is_left)
{
	planned("tree", "[node 10]\nparent = 20\n[node 30]\nparent = 10\n",
	        NODES(DECLARED(10, -1), BY_HAND(20, 10)),
	        "create 30 parent=10 service=sum\n"
	        "left FILE:1: node 10: its parent, node 20, is below it and stays there\n");
}

Test(plan, a_parent_that_nobody_has_is_named_and_so_is_what_hangs_on_it)
{
	planned("tree", "[node 10]\nparent = 7\n[node 20]\nparent = 10\n[node 30]\nparent = @x\n",
	        NODES(),
	        "left FILE:1: node 10: its parent 7 is neither declared nor there\n"
	        "left FILE:3: node 20: its parent, node 10, is not made\n"
	        "left FILE:5: node 30: its parent @x is neither declared nor there\n");
}

Test(plan, a_parent_may_be_made_by_hand)
{
	planned("tree", "[node 10]\nparent = 7\n[node 20]\nparent = @x\n",
	        NODES({7, -1, "sum", "no", "x", NULL, NODE_BY_HAND}),
	        "create 10 parent=7 service=sum\n"
	        "create 20 parent=7 service=sum\n");
}

Test(plan, a_node_made_by_hand_is_adopted_if_it_is_as_declared)
{
	planned("tree", "[node 10]\n[node 20]\nparent = 10\nservice = dict\nname = x\n[node 30]\n",
	        NODES(BY_HAND(10, -1), {20, -1, "sum", "always", NULL, "g", NODE_BY_HAND}),
	        "change 10 adopts\n"
	        "create 30 parent=-1 service=sum\n"
	        "left FILE:2: node 20: it was made by hand and stays as it is: its service is sum, "
	        "not dict; restart is always, not no; name is none, not x; group is g, not none; "
	        "parent is -1, not 10\n");
}

Test(plan, another_service_is_said_and_the_node_stays)
{
	planned(
	    "tree", "[node 10]\nservice = dict\nrestart = always\n[node 20]\nparent = 10\n",
	    NODES(DECLARED(10, -1)),
	    "create 20 parent=10 service=sum\n"
	    "left FILE:1: node 10: its service is sum and cannot become dict while it is there; "
	    "it stays as it is: once it is killed, a reload makes it anew\n");
}

Test(plan, what_is_declared_no_longer_is_kept)
{
	planned("tree", "", NODES(DECLARED(10, -1), BY_HAND(20, 10), UNDECLARED(30, 10)),
	        "undeclare 10\n");
}

Test(plan, what_was_undeclared_returns)
{
	planned("tree", "[node 10]\nrestart = always\n", NODES(UNDECLARED(10, -1)),
	        "change 10 restart=no>always returns\n");
}

Test(plan, prune_removes_what_is_undeclared_and_what_is_declared_no_longer)
{
	prunes = true;
	planned("tree", "[node 40]\n",
	        NODES(DECLARED(10, -1), UNDECLARED(20, 10), DECLARED(30, 20), DECLARED(40, 20)),
	        "change 40 parent=20>-1\n"
	        "disown 10 waits\n"
	        "disown 30\n"
	        "remove 30 carried waits\n"
	        "remove 20 carried\n"
	        "remove 10\n");
}

Test(plan, prune_refuses_above_what_is_another_s)
{
	prunes = true;
	planned("tree", "[node 50]\nparent = 40\n",
	        NODES(DECLARED(10, -1), UNDECLARED(20, 10), BY_HAND(30, 20), UNDECLARED(40, -1),
	              UNDECLARED(45, 40)),
	        "create 50 parent=40 service=sum\n"
	        "undeclare 10 waits\n"
	        "remove 45 waits\n"
	        "left node 40: it is not removed: node 50, which is below it, is declared\n"
	        "left node 10: it is not removed: node 30, which is below it, was made by hand\n"
	        "left node 20: it is not removed: node 30, which is below it, was made by hand\n");
}

Test(plan, a_group_grows_by_free_ids_and_shrinks_from_its_end)
{
	planned("tree", "[group w]\ninstances = 3\nservice = dict\nparent = 5\n[node 1001]\n",
	        NODES(BY_HAND(5, -1), {1002, 5, "dict", "no", "w-1", "w", NODE_DECLARED},
	              {1003, 5, "dict", "no", "other", NULL, NODE_BY_HAND}),
	        "create 1004 parent=5 service=dict name=w-2 group=w\n"
	        "create 1005 parent=5 service=dict name=w-3 group=w\n"
	        "create 1001 parent=-1 service=sum\n");
	planned("tree", "[group w]\ninstances = 1\n",
	        NODES({1001, -1, "sum", "no", "w-1", "w", NODE_DECLARED},
	              {1002, -1, "sum", "no", "w-2", "w", NODE_DECLARED},
	              {1003, -1, "sum", "no", "w-3", "w", NODE_DECLARED}),
	        "undeclare 1002\nundeclare 1003\n");
}

Test(plan, a_group_that_is_an_id_of_another_section_is_said)
{
	planned("tree", "[group w]\ninstances = 1\n[node 1001]\nname = x\n",
	        NODES({1001, -1, "sum", "no", "w-1", "w", NODE_DECLARED}),
	        "change 1001 name=w-1>x group=w>\n"
	        "left FILE:1: node w-1: node 1001, which has the name, is declared in FILE:3\n");
}

Test(plan, names_change_hands)
{
	planned("tree", "[node 10]\nname = b\n[node 20]\nname = a\n[node 30]\nname = c\n",
	        NODES({10, -1, "sum", "no", "a", NULL, NODE_DECLARED},
	              {20, -1, "sum", "no", "b", NULL, NODE_DECLARED},
	              {40, -1, "sum", "no", "c", NULL, NODE_DECLARED}),
	        "rename 10 name=a>\n"
	        "rename 20 name=b>\n"
	        "rename 40 name=c>\n"
	        "change 10 name=>b waits\n"
	        "change 20 name=>a\n"
	        "create 30 parent=-1 service=sum name=c\n"
	        "undeclare 40 waits\n");
	planned("tree", "[node 10]\nname = b\n",
	        NODES({20, -1, "sum", "no", "b", NULL, NODE_BY_HAND}),
	        "left FILE:1: node 10: the name 'b' is that of node 20, which was made by hand\n");
}

Test(plan, a_topology_that_gives_places_is_not_asked_for_others)
{
	planned("bst", "[node 10]\nparent = 7\n[node 20]\n",
	        NODES(DECLARED(20, -1), DECLARED(30, 20)),
	        "create 10 service=sum\n"
	        "undeclare 30 waits\n");
}

Test(plan, a_list_is_brought_into_its_order)
{
	planned("list", "[node 10]\nparent = -1\n[node 20]\nparent = 10\n[node 30]\nparent = 20\n",
	        NODES(DECLARED(20, -1), BY_HAND(15, 20), DECLARED(10, 15)),
	        "change 10 parent=15>-1 waits\n"
	        "create 30 parent=20 service=sum waits\n");
}

Test(plan, a_list_takes_what_names_no_place_at_its_head)
{
	planned("list", "[node 10]\nparent = -1\n[node 20]\n[node 30]\nparent = 20\n",
	        NODES(DECLARED(10, -1)),
	        "create 20 service=sum\n"
	        "change 10 parent=20>-1 waits\n"
	        "create 30 parent=20 service=sum waits\n");
}

Test(plan, prune_in_a_list_spares_what_stands_behind)
{
	prunes = true;
	planned("list", "[node 20]\n",
	        NODES(DECLARED(10, -1), DECLARED(20, 10), UNDECLARED(30, 20)),
	        "undeclare 10\n"
	        "remove 30 waits\n"
	        "left node 10: it is not removed: node 20, which is below it, is declared\n");
}
