"""Taggers as ONNX: a graph, its vocabularies as JSON, and a reader that needs nothing of this package.

exporting    the files of a folder
description  what the graph's numbers mean, as plain data
graph        collects the nodes and constants of a graph
words        word types -> vectors
networks     vectors -> tag scores
reader       tags sentences with what was exported; copied into the folder
"""

from postagger.serving.onnx.exporting import LOWEST_OPSET, OPSET, export

__all__ = ["LOWEST_OPSET", "OPSET", "export"]
