module drsserver

go 1.26
