"""An HTTP server for taggers: ``postagger serve``. The extra ``serve``; no torch but for explanations.

limits      what clients may ask for
problems    what is wrong with a request, as the answer that says so
schema      requests and answers: checked when they arrive, described in OpenAPI
models      the models of a server, by their names
writing     answers in JSON
work        tags what several requests ask for in one call
metrics     counters for Prometheus
batching    tags what waits together
body        reads requests within the limits
replies     sends answers to slow clients
stream      answers streams of requests
explaining  explains tags
xml_parts, label_studio, inception
            two annotation tools' own protocols
service     reads, checks, tags or explains, answers
gate        counts and logs every request
app         routes and OpenAPI
"""
