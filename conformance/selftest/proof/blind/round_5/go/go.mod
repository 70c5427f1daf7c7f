module drs

go 1.21
