vcl 4.1;
backend default {
    .host = "{backend_host}";
    .port = "{backend_port}";
}
