/*
 * fence_lab: the fence agent of the laboratory's power switch (../power.ts).
 *
 * Speaks the FenceAgentAPI of ClusterLabs: options as key=value lines on standard input, or as -o
 * ACTION -n NODE; unknown keys and lines that begin with # are ignored. Exit code 0 is success (of
 * status: on), 2 is "status: off", 1 is failure. In C because its start is part of a failover: under
 * 1 ms, where Python needs 15 to 20 (and 200 on a busy machine).
 */
#include <inttypes.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { OK = 0, FAILED = 1, OFF = 2, ANSWER_SECONDS = 20 };

static struct {
  char action[32], port[64], nodename[64], socket[100], password[64], stamps[256], delay[16];
} option = {.action = "reboot", .socket = "/run/lab/power.sock", .stamps = "/run/lab/stamps"};

static const struct {
  const char *name, *getopt, *type, *standard, *text;
  char *value;
  size_t size;
} parameters[] = {
#define FIELD(f) option.f, sizeof option.f
    {"action", "-o, --action=[action]", "string", "reboot", "Fencing action", FIELD(action)},
    {"port", "-n, --plug=[id]", "string", NULL, "Name of the node to fence", FIELD(port)},
    {"plug", "-n, --plug=[id]", "string", NULL, "Name of the node to fence", FIELD(port)},
    {"nodename", "-N, --nodename", "string", NULL, "Used when no port is given", FIELD(nodename)},
    {"socket", "--socket=[path]", "string", "/run/lab/power.sock", "Socket of the power switch",
     FIELD(socket)},
    {"password", "-p, --password=[password]", "string", NULL, "Password of the power switch",
     FIELD(password)},
    {"delay", "--delay=[seconds]", "second", "0", "Wait before fencing is started", FIELD(delay)},
    {"stamps", "--stamps=[file]", "string", "/run/lab/stamps", "Append begin and end of each action to a file",
     FIELD(stamps)},
};
enum { PARAMETERS = sizeof parameters / sizeof *parameters };

static void set(const char *name, const char *value) {
  for (int i = 0; i < PARAMETERS; i++)
    if (!strcmp(parameters[i].name, name))
      snprintf(parameters[i].value, parameters[i].size, "%s", value);
}

static void read_standard_input(void) {
  char line[512];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\r\n")] = 0;
    char *equals = strchr(line, '=');
    if (line[0] == '#' || !equals) continue;
    *equals = 0;
    set(line, equals + 1);
  }
}

/* -o VALUE, -n VALUE, -p VALUE or --name=VALUE. */
static void read_arguments(char **argument) {
  for (; *argument; argument++) {
    char *equals = strchr(*argument, '=');
    if (!strncmp(*argument, "--", 2) && equals) {
      *equals = 0;
      set(*argument + 2, equals + 1);
    } else if (argument[1]) {
      const char *flag = *argument;
      const char *name = !strcmp(flag, "-o")   ? "action"
                         : !strcmp(flag, "-n") ? "port"
                         : !strcmp(flag, "-p") ? "password"
                                               : "";
      set(name, *++argument);
    }
  }
}

static void print_metadata(void) {
  printf("<?xml version=\"1.0\" ?>\n<resource-agent name=\"fence_lab\" shortdesc=\"Fence agent for "
         "the power switch of Holdfast's laboratory\">\n<longdesc>Switches nodes made of namespaces "
         "off and on. For tests and demonstrations on one machine.</longdesc>\n"
         "<vendor-url>https://clusterlabs.org/</vendor-url>\n<parameters>\n");
  for (int i = 0; i < PARAMETERS; i++) {
    printf("<parameter name=\"%s\" unique=\"0\" required=\"0\">\n<getopt mixed=\"%s\" />\n"
           "<content type=\"%s\"",
           parameters[i].name, parameters[i].getopt, parameters[i].type);
    if (parameters[i].standard) printf(" default=\"%s\"", parameters[i].standard);
    printf(" />\n<shortdesc lang=\"en\">%s</shortdesc>\n</parameter>\n", parameters[i].text);
  }
  printf("</parameters>\n<actions>\n<action name=\"on\" automatic=\"0\" />\n");
  static const char *const actions[] = {"off",     "reboot",   "status",      "list",
                                        "monitor", "metadata", "validate-all"};
  for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
    printf("<action name=\"%s\" />\n", actions[i]);
  printf("</actions>\n</resource-agent>\n");
}

/* One request line, one answer line; answer is empty when the switch cannot be reached. */
static void ask_switch(const char *action, const char *node, char *answer, size_t size) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct timeval limit = {ANSWER_SECONDS, 0};
  char request[256];
  answer[0] = 0;
  snprintf(address.sun_path, sizeof address.sun_path, "%s", option.socket);
  int length = snprintf(request, sizeof request, "%s\t%s\t%s\n", action, node, option.password);
  int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect(connection, (struct sockaddr *)&address, sizeof address)) {
    perror(option.socket);
    return;
  }
  if (write(connection, request, length) != length) return;
  size_t got = 0;
  for (ssize_t n; got < size - 1 && (n = read(connection, answer + got, size - 1 - got)) > 0;)
    got += n;
  answer[got] = 0;
  answer[strcspn(answer, "\n")] = 0;
}

static int act(const char *action, const char *node) {
  char answer[2048];
  if (!strcmp(action, "validate-all")) return OK;
  if (!strcmp(action, "monitor")) action = "list";
  ask_switch(action, node, answer, sizeof answer);
  if (!strcmp(action, "list") && *answer && strncmp(answer, "error", 5)) {
    for (char *name = strtok(answer, " "); name; name = strtok(NULL, " "))
      if (!strcmp(option.action, "list")) printf("%s,\n", name);
    return OK;
  }
  if (!strcmp(answer, "ok") || !strcmp(answer, "on")) return OK;
  if (!strcmp(answer, "off")) return OFF;
  fprintf(stderr, "fence_lab: %s %s: %s\n", action, node, *answer ? answer : "no answer");
  return FAILED;
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void stamp(const char *node, int64_t begin, int64_t end, int code) {
  char line[512], host[64] = "";
  int file = open(option.stamps, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return;
  gethostname(host, sizeof host - 1);
  int length = snprintf(line, sizeof line,
                        "{\"kind\":\"fence\",\"node\":\"%s\",\"action\":\"%s\",\"target\":\"%s\","
                        "\"beginNs\":%" PRId64 ",\"endNs\":%" PRId64 ",\"code\":%d}\n",
                        host, option.action, node, begin, end, code);
  if (write(file, line, length) != length) perror(option.stamps);
  close(file);
}

int main(int count, char **argument) {
  if (count > 1)
    read_arguments(argument + 1);
  else
    read_standard_input();
  if (!strcasecmp(option.action, "metadata")) return print_metadata(), OK;
  const char *known = " off on reboot status monitor list validate-all ";
  char wanted[40];
  snprintf(wanted, sizeof wanted, " %s ", option.action);
  const char *node = *option.port ? option.port : option.nodename;
  int about_node = strstr(" off on reboot status ", wanted) != NULL;
  if (!strstr(known, wanted) || (about_node && !*node)) {
    fprintf(stderr, "fence_lab: %s\n", about_node ? "which node? give port=" : "no such action");
    return FAILED;
  }
  int64_t begin = now_ns();
  if (about_node) sleep(atoi(option.delay));
  int code = act(option.action, node);
  stamp(node, begin, now_ns(), code);
  return code;
}
