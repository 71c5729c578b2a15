/*
 * The programs that resource agents call to talk with the cluster, under the names that they know:
 * crm_attribute, crm_master, attrd_updater, crm_node, crm_resource, crm_mon, cibadmin, pacemakerd.
 * argv[0] says which. Each is one request to holdfastd. Options and exit codes are those of the
 * manual pages of these names, as far as agents use them; for the rest each says that it is not
 * supported. docs/manual/agents.md has the list.
 */
#define _GNU_SOURCE
#include "crm-http.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_MS 10000
/* A change waits for the order of the cluster, which may be coming together anew. */
#define WRITE_MS 20000
#define YEAR_MS "31536000000"

/* As crm_error --list --exit prints them. */
enum code {
  OK = 0,
  FAILED = 1,
  UNIMPLEMENTED = 3,
  NOT_PERMITTED = 4,
  USAGE = 64,
  AGAIN = 75,
  DISCONNECTED = 102,
  NO_SUCH = 105,
  TIMED_OUT = 124,
};

static const char *program = "crm-tool";

__attribute__((format(printf, 2, 3))) static int fail(int code, const char *format, ...) {
  va_list list;
  va_start(list, format);
  fprintf(stderr, "%s: ", program);
  vfprintf(stderr, format, list);
  fputc('\n', stderr);
  va_end(list);
  return code;
}

static int unsupported(const char *what) {
  return fail(UNIMPLEMENTED, "%s is not supported by Holdfast", what);
}

/* ---- asking ---- */

static int code_of(const struct answer *a) {
  switch (a->trouble) {
    case NOT_CONNECTED: return DISCONNECTED;
    case NOT_ALLOWED: return NOT_PERMITTED;
    case LATE: return TIMED_OUT;
    case BROKEN: return FAILED;
    case NONE: break;
  }
  switch (a->status) {
    case 200: return OK;
    case 400: return USAGE;
    case 403: return NOT_PERMITTED;
    case 404: return NO_SUCH;
    case 503: return AGAIN;
    case 504: return TIMED_OUT;
    default: return FAILED;
  }
}

static int tell(const struct answer *a) {
  int code = code_of(a);
  return code == OK ? OK : fail(code, "Error performing operation: %s", a->text);
}

static int change(const char *method, const char *path, const char *json) {
  struct answer a = ask(method, path, json, WRITE_MS);
  return tell(&a);
}

static int print_answer(const char *path) {
  struct answer a = ask("GET", path, NULL, READ_MS);
  if (code_of(&a) == OK) fputs(a.body, stdout);
  return tell(&a);
}

/* One line without its end. */
static struct answer read_value(const char *path) {
  struct answer a = ask("GET", path, NULL, READ_MS);
  size_t length = a.body && a.status == 200 ? strlen(a.body) : 0;
  if (length > 0 && a.body[length - 1] == '\n') a.body[length - 1] = 0;
  return a;
}

/* The node that runs the agent: in a bundle or on a guest it is not the one of the daemon. */
static const char *own_node(struct answer *asked) {
  const char *name = getenv("OCF_RESKEY_CRM_meta_on_node");
  if (name && *name) return name;
  *asked = read_value("/v1/pacemaker/name");
  return code_of(asked) == OK ? asked->body : NULL;
}

/* BASE with segments appended, each after a slash; NULL is the end. 0, or -1: told already. */
static int make_path(char *path, const char *base, ...) {
  va_list list;
  const char *segment;
  int failed = 0;
  snprintf(path, PATH_CHARS_MAX, "%s", base);
  va_start(list, base);
  while (!failed && (segment = va_arg(list, const char *))) {
    size_t length = strlen(path);
    failed = length + 2 > PATH_CHARS_MAX;
    if (!failed) strcpy(path + length, "/"), failed = add_segment(path, PATH_CHARS_MAX - 32, segment);
  }
  va_end(list);
  return failed ? fail(-1, "there is a name that is too long, or none") : 0;
}

/* ---- attributes ---- */

enum scope { STATUS, NODES, CLUSTER };
static const char *const scope_names[] = {"status", "nodes", "crm_config"};

struct attribute {
  enum scope scope;
  const char *name, *node; /* node: NULL for the cluster's */
};

static int query_path(char *path, const struct attribute *a) {
  return make_path(path, "/v1/pacemaker/attributes", a->name, scope_names[a->scope], a->node, NULL);
}

static int attribute_path(char *path, const struct attribute *a) {
  if (a->scope == CLUSTER) return make_path(path, "/v1/attributes", a->name, NULL);
  return make_path(path, "/v1/nodes", a->node, "attributes", a->name, NULL);
}

static int set_attribute(const struct attribute *a, const char *value) {
  char path[PATH_CHARS_MAX], *text = json_string(value), *json;
  const char *lifetime = a->scope == NODES ? ",\"lifetime\":\"forever\"" : "";
  if (!text || asprintf(&json, "{\"value\":%s%s}", text, lifetime) < 0) return FAILED;
  if (attribute_path(path, a)) return USAGE;
  return change("PUT", path, json);
}

static int delete_attribute(const struct attribute *a) {
  char path[PATH_CHARS_MAX];
  if (attribute_path(path, a)) return USAGE;
  if (a->scope == NODES) strcat(path, "?lifetime=forever");
  return change("DELETE", path, NULL);
}

/* ---- crm_attribute, crm_master ---- */

struct wanted {
  const char *name, *value, *node, *lifetime, *section, *missing, *resource, *refused;
  int quiet, delete, promotion;
};

static const struct option attribute_options[] = {
    {"name", required_argument, 0, 'n'},      {"update", required_argument, 0, 'v'},
    {"query", no_argument, 0, 'G'},           {"delete", no_argument, 0, 'D'},
    {"node", required_argument, 0, 'N'},      {"lifetime", required_argument, 0, 'l'},
    {"type", required_argument, 0, 't'},      {"promotion", optional_argument, 0, 'p'},
    {"default", required_argument, 0, 'd'},   {"quiet", no_argument, 0, 'q'},
    {"set-name", required_argument, 0, 's'},  {"utilization", no_argument, 0, 'z'},
    {"id", required_argument, 0, 'i'},        {"pattern", required_argument, 0, 'P'},
    {"resource", required_argument, 0, 'r'},  {"verbose", no_argument, 0, 'V'},
    {"version", no_argument, 0, '$'},         {0, 0, 0, 0},
};

/* `-p RESOURCE`: a value may stand apart, as long as it does not look like an option. */
static const char *apart(int argc, char **argv) {
  if (optarg) return optarg;
  return optind < argc && argv[optind][0] != '-' ? argv[optind++] : NULL;
}

static int take_attribute_option(int option, int argc, char **argv, struct wanted *w) {
  switch (option) {
    case 'n': w->name = optarg; return 0;
    case 'v': w->value = optarg; return 0;
    case 'G': w->value = NULL, w->delete = 0; return 0;
    case 'D': w->delete = 1; return 0;
    case 'N': case 'U': w->node = optarg; return 0;
    case 'l': w->lifetime = optarg; return 0;
    case 't': w->section = optarg; return 0;
    case 'p': w->promotion = 1, w->resource = apart(argc, argv); return 0;
    case 'r': w->resource = optarg; return 0;
    case 'd': w->missing = optarg; return 0;
    case 'q': case 'Q': w->quiet = 1; return 0;
    case 's': case 'V': return 0;
    case 'z': w->refused = "utilization (cluster.yaml has it)"; return 0;
    case 'i': w->refused = "--id"; return 0;
    case 'P': w->refused = "--pattern"; return 0;
    default: return -1;
  }
}

/* A section and a lifetime say the same in two ways; -1: neither known. */
static int scope_of(const struct wanted *w) {
  const char *section = w->section, *lifetime = w->lifetime;
  if (lifetime && strcmp(lifetime, "reboot") == 0) return STATUS;
  if (lifetime && strcmp(lifetime, "forever") != 0) return -1;
  if (!section) return lifetime || w->node ? NODES : CLUSTER;
  for (int scope = STATUS; scope <= CLUSTER; scope++)
    if (strcmp(section, scope_names[scope]) == 0) return scope;
  return -1;
}

static int query_attribute(const struct attribute *a, const struct wanted *w) {
  char path[PATH_CHARS_MAX];
  if (query_path(path, a)) return USAGE;
  struct answer answer = read_value(path);
  const char *value = answer.body;
  if (code_of(&answer) == NO_SUCH && w->missing) value = w->missing;
  else if (code_of(&answer) == NO_SUCH)
    return fail(NO_SUCH, "Error performing operation: No such device or address");
  else if (code_of(&answer) != OK) return tell(&answer);
  if (w->quiet) printf("%s\n", value);
  else printf("scope=%s  name=%s value=%s\n", scope_names[a->scope], a->name, value);
  return OK;
}

/* The attribute that holds a promotion score (Pacemaker Explained, "Promotable clones"). */
static int name_promotion(struct wanted *w) {
  static char name[1024];
  if (!w->resource) w->resource = getenv("OCF_RESOURCE_INSTANCE");
  if (!w->resource || !*w->resource)
    return fail(USAGE, "-p/--promotion must be called from an OCF resource agent or with a resource ID specified");
  if ((size_t)snprintf(name, sizeof name, "master-%s", w->resource) >= sizeof name)
    return fail(USAGE, "a name is too long");
  w->name = name;
  if (!w->lifetime) w->lifetime = "reboot";
  return OK;
}

static int act_on_attribute(struct wanted *w) {
  if (w->refused) return unsupported(w->refused);
  if (w->promotion && name_promotion(w)) return USAGE;
  int scope = scope_of(w);
  if (scope < 0) return unsupported("this section or lifetime");
  if (!w->name) return fail(USAGE, "-n NAME is needed");
  struct attribute a = {(enum scope)scope, w->name, w->node};
  struct answer asked;
  if (a.scope == CLUSTER) a.node = NULL;
  else if (!a.node || !*a.node) {
    a.node = own_node(&asked);
    if (!a.node) return tell(&asked);
  }
  if (w->delete) return delete_attribute(&a);
  return w->value ? set_attribute(&a, w->value) : query_attribute(&a, w);
}

static int version(void) {
  printf("Pacemaker 2.1.5 as resource agents know it; this is Holdfast\n");
  return OK;
}

static int run_crm_attribute(int argc, char **argv, int promotion) {
  struct wanted w = {.promotion = promotion};
  int option;
  while ((option = getopt_long(argc, argv, "n:v:GDN:U:l:t:p::d:qQs:zi:P:r:V$", attribute_options, NULL)) >= 0) {
    if (option == '$') return version();
    if (take_attribute_option(option, argc, argv, &w)) return USAGE;
  }
  if (optind < argc) return fail(USAGE, "what is \"%s\"?", argv[optind]);
  return act_on_attribute(&w);
}

static int crm_attribute(int argc, char **argv) { return run_crm_attribute(argc, argv, 0); }
static int crm_master(int argc, char **argv) { return run_crm_attribute(argc, argv, 1); }

/* ---- attrd_updater ---- */

static const struct option updater_options[] = {
    {"name", required_argument, 0, 'n'},        {"update", required_argument, 0, 'U'},
    {"update-both", required_argument, 0, 'B'}, {"update-delay", no_argument, 0, 'Y'},
    {"query", no_argument, 0, 'Q'},             {"delete", no_argument, 0, 'D'},
    {"refresh", no_argument, 0, 'R'},           {"delay", required_argument, 0, 'd'},
    {"set", required_argument, 0, 's'},         {"node", required_argument, 0, 'N'},
    {"all", no_argument, 0, 'A'},               {"lifetime", required_argument, 0, 'l'},
    {"private", no_argument, 0, 'p'},           {"verbose", no_argument, 0, 'V'},
    {"version", no_argument, 0, '$'},           {0, 0, 0, 0},
};

static int missing_value(const char *name) {
  return fail(NO_SUCH, "Could not query value of %s: attribute does not exist", name);
}

static int query_all(const char *name) {
  char path[PATH_CHARS_MAX];
  if (make_path(path, "/v1/pacemaker/attributes", name, NULL)) return USAGE;
  struct answer answer = ask("GET", path, NULL, READ_MS);
  if (code_of(&answer) == NO_SUCH) return missing_value(name);
  if (code_of(&answer) == OK) fputs(answer.body, stdout);
  return tell(&answer);
}

static int query_one(const struct attribute *a) {
  char path[PATH_CHARS_MAX];
  if (query_path(path, a)) return USAGE;
  struct answer answer = read_value(path);
  if (code_of(&answer) == NO_SUCH) return missing_value(a->name);
  if (code_of(&answer) != OK) return tell(&answer);
  printf("name=\"%s\" host=\"%s\" value=\"%s\"\n", a->name, a->node, answer.body);
  return OK;
}

/* Values are taken at once: there is no dampening, and nothing to refresh. */
static int update(char command, struct attribute *a, const char *value, int all) {
  struct answer asked;
  if (command == 'R' || command == 'Y') return OK;
  if (!a->name) return fail(USAGE, "Command requires --name argument");
  if (command == 'Q' && all) return query_all(a->name);
  if (!a->node || !*a->node) {
    a->node = own_node(&asked);
    if (!a->node) return tell(&asked);
  }
  if (command == 'Q') return query_one(a);
  return command == 'D' ? delete_attribute(a) : set_attribute(a, value);
}

static int attrd_updater(int argc, char **argv) {
  struct attribute a = {STATUS, NULL, NULL};
  const char *value = NULL;
  int option, all = 0;
  char command = 0;
  while ((option = getopt_long(argc, argv, "n:U:v:B:YQDRd:s:S:N:Al:pV$", updater_options, NULL)) >= 0)
    switch (option) {
      case 'n': a.name = optarg; break;
      case 'N': a.node = optarg; break;
      case 'U': case 'v': case 'B': command = 'U', value = optarg; break;
      case 'Y': case 'Q': case 'D': case 'R': command = (char)option; break;
      case 'A': all = 1; break;
      case 'd': case 's': case 'S': case 'l': case 'p': case 'V': break;
      case '$': return version();
      default: return USAGE;
    }
  if (optind < argc) return fail(USAGE, "what is \"%s\"?", argv[optind]);
  if (!command) return fail(USAGE, "one of --update, --query and --delete is needed");
  return update(command, &a, value, all);
}

/* ---- crm_node ---- */

static const struct option node_options[] = {
    {"name", no_argument, 0, 'n'},      {"cluster-id", no_argument, 0, 'i'},
    {"list", no_argument, 0, 'l'},      {"partition", no_argument, 0, 'p'},
    {"quorum", no_argument, 0, 'q'},    {"quiet", no_argument, 0, 'Q'},
    {"verbose", no_argument, 0, 'V'},   {"force", no_argument, 0, 'f'},
    {"version", no_argument, 0, '$'},   {"name-for-id", required_argument, 0, 'N'},
    {"remove", required_argument, 0, 'R'}, {0, 0, 0, 0},
};

static int print_own_name(void) {
  struct answer asked;
  const char *name = own_node(&asked);
  if (!name) return tell(&asked);
  printf("%s\n", name);
  return OK;
}

static int crm_node(int argc, char **argv) {
  int option, command = 0;
  while ((option = getopt_long(argc, argv, "nilpqQVf$N:R:", node_options, NULL)) >= 0)
    switch (option) {
      case 'Q': case 'V': case 'f': break;
      case '$': return version();
      case '?': return USAGE;
      default: command = option;
    }
  switch (command) {
    case 'n': return print_own_name();
    case 'i': return print_answer("/v1/pacemaker/id");
    case 'l': return print_answer("/v1/pacemaker/nodes");
    case 'p': return print_answer("/v1/pacemaker/partition");
    case 'q': return print_answer("/v1/pacemaker/quorum");
    case 'N': return unsupported("--name-for-id");
    case 'R': return unsupported("--remove");
    default: return fail(USAGE, "one of -n, -i, -l, -p and -q is needed");
  }
}

/* ---- crm_resource ---- */

static const struct option resource_options[] = {
    {"resource", required_argument, 0, 'r'},         {"node", required_argument, 0, 'N'},
    {"ban", no_argument, 0, 'B'},                    {"quiet", no_argument, 0, 'Q'},
    {"utilization", no_argument, 0, 'z'},            {"get-parameter", required_argument, 0, 'g'},
    {"set-parameter", required_argument, 0, 'p'},    {"delete-parameter", required_argument, 0, 'd'},
    {"parameter-value", required_argument, 0, 'v'},  {"verbose", no_argument, 0, 'V'},
    {"version", no_argument, 0, '$'},                {0, 0, 0, 0},
};

/* Shown in the status as every move by command is, with its end. */
static int ban(const char *resource, const char *node) {
  char path[PATH_CHARS_MAX], *name, *json;
  struct answer asked;
  if (!resource) return fail(USAGE, "-r RESOURCE is needed");
  if (!*node && !(node = own_node(&asked))) return tell(&asked);
  name = json_string(node);
  if (!name || asprintf(&json, "{\"away\":%s,\"forMs\":" YEAR_MS "}", name) < 0) return FAILED;
  if (make_path(path, "/v1/resources", resource, "move", NULL)) return USAGE;
  return change("POST", path, json);
}

static int crm_resource(int argc, char **argv) {
  const char *resource = NULL, *node = "";
  int option, banned = 0, parameter = 0, utilization = 0;
  while ((option = getopt_long(argc, argv, "r:N:BQzg:p:d:v:V$", resource_options, NULL)) >= 0)
    switch (option) {
      case 'r': resource = optarg; break;
      case 'N': node = optarg; break;
      case 'B': banned = 1; break;
      case 'g': case 'p': case 'd': parameter = 1; break;
      case 'z': utilization = 1; break;
      case 'Q': case 'v': case 'V': break;
      case '$': return version();
      default: return unsupported("this use of crm_resource");
    }
  if (banned) return ban(resource, node);
  /* VirtualDomain and Xen look for these two words, and then leave utilization alone. */
  if (parameter && utilization)
    return fail(UNIMPLEMENTED, "not connected to the configuration: utilization is written into cluster.yaml");
  return unsupported("this use of crm_resource");
}

/* ---- crm_mon, cibadmin, pacemakerd ---- */

static int is_long(const char *argument, const char *name) { return strcmp(argument, name) == 0; }

/* Everything is in the XML, whatever else is asked to be shown. */
static int crm_mon(int argc, char **argv) {
  int xml = 0;
  for (int i = 1; i < argc; i++) {
    const char *a = argv[i];
    if (is_long(a, "--version") || is_long(a, "-$")) return version();
    if (is_long(a, "--daemonize")) return unsupported("--daemonize");
    if (is_long(a, "--output-as=xml") || is_long(a, "--as-xml")) xml = 1;
    if (a[0] == '-' && a[1] != '-' && strpbrk(a, "dhi")) return unsupported(a);
    if (a[0] == '-' && a[1] != '-' && strchr(a, 'X')) xml = 1;
  }
  if (xml) return print_answer("/v1/pacemaker/crm_mon");
  return fail(UNIMPLEMENTED, "only --output-as=xml is here, for agents; for people: holdfast status");
}

static int cibadmin(int argc, char **argv) {
  int query = 0;
  for (int i = 1; i < argc; i++) {
    if (is_long(argv[i], "-Q") || is_long(argv[i], "--query")) query = 1;
    else if (!is_long(argv[i], "-l") && !is_long(argv[i], "--local")) return unsupported(argv[i]);
  }
  if (query) return print_answer("/v1/pacemaker/cib");
  return unsupported("anything but --query");
}

/* ocf_local_nodename of resource-agents asks for it, and then asks crm_node. */
static int pacemakerd(int argc, char **argv) {
  if (argc == 2 && (is_long(argv[1], "-$") || is_long(argv[1], "--version"))) return version();
  return unsupported("anything but --version");
}

/* ---- which ---- */

static const struct {
  const char *name;
  int (*run)(int, char **);
} tools[] = {
    {"crm_attribute", crm_attribute}, {"crm_master", crm_master}, {"attrd_updater", attrd_updater},
    {"crm_node", crm_node},           {"crm_resource", crm_resource}, {"crm_mon", crm_mon},
    {"cibadmin", cibadmin},           {"pacemakerd", pacemakerd},
};

int main(int argc, char **argv) {
  const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
  if (argc > 0) program = slash ? slash + 1 : argv[0];
  for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
    if (strcmp(tools[i].name, program) == 0) {
      int code = tools[i].run(argc, argv);
      return fflush(stdout) == 0 ? code : FAILED;
    }
  return fail(USAGE, "call it as crm_attribute, crm_node or one of the others in its directory");
}
