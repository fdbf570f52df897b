"""Pure: arrays on AWS Batch, by the AWS command line that its users already have."""
