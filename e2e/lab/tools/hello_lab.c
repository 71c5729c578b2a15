/*
 * hello_lab PORT: a web server that answers every request with the name of its node and is up within
 * 2 ms, so that it adds nothing to what is measured. For tests of supervised programs.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int main(int count, char **argument) {
  char host[64] = "", answer[256], question[1024];
  signal(SIGPIPE, SIG_IGN);
  gethostname(host, sizeof host - 1);
  int length = snprintf(answer, sizeof answer,
                        "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s\n",
                        strlen(host) + 1, host);
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_port = htons(count > 1 ? atoi(argument[1]) : 80);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 128)) {
    perror("hello_lab");
    return 1;
  }
  for (;;) {
    int client = accept(listener, NULL, NULL);
    struct timeval limit = {0, 50000};
    if (client < 0) continue;
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (read(client, question, sizeof question) > 0 && write(client, answer, length) < 0)
      perror("hello_lab");
    close(client);
  }
}
