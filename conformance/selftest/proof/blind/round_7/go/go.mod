module drsmock

go 1.21
