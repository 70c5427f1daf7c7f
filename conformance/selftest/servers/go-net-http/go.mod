module drs-conform/servers/net-http

go 1.26
