"""The agent's model over the Messages API, in parts.

* `model`: the door itself. Importing it imports the vendor's package, which takes one to two seconds.
* `prices`, `credentials`: what can be known without that package; imported at every start.
* `request`: from a transcript to the body of a request. `stream`: from a stream of events to blocks.
* `jsontext`: text and JSON that survive the way. `faults`: what went wrong, whether to try again, what to tell people.

Nothing is imported here, so that importing one part does not import the others.
"""
