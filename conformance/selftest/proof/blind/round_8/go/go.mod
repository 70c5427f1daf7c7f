module drs

go 1.26
