module r3

go 1.22
