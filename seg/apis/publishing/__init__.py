"""From a training to what can be given away: weights, or a folder that another machine can use."""
